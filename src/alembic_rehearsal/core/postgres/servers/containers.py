"""The Docker daemon: connect, pull images, run owned containers, remove leftover containers.

The SDK is imported inside functions: the import takes longer than a local server to start.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from alembic_rehearsal.core.postgres.programs.reaper import start_reaper
from alembic_rehearsal.core.postgres.servers.container_owner import current_owner, is_owner_gone
from alembic_rehearsal.core.postgres.servers.docker_over_ssh import forward_socket, remote_machine
from alembic_rehearsal.core.values.errors import NoServer
from alembic_rehearsal.core.values.progress import Tell

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

LABEL = "alembic-rehearsal"
OWNER_LABEL = "alembic-rehearsal.owner"
TIMEOUT = 60  # seconds for one answer of the daemon
LOCAL_HOSTS = ("127.0.0.1", "localhost", "::1")


@contextmanager
def connect_docker() -> Iterator[DockerClient]:
    """A client of the daemon in DOCKER_HOST or at the default socket; ssh for another machine.

    Raises `NoServer` when the SDK is not installed, when no daemon answers, or when DOCKER_HOST
    names another machine without ssh: ports are published on that machine's 127.0.0.1 only.
    """
    try:
        import docker
        from docker.constants import DEFAULT_DOCKER_API_VERSION
    except ImportError as error:
        raise NoServer(
            "Docker cannot be used: the package docker is not installed.",
            remedies=("pip install 'alembic-rehearsal[rehearse]'",),
        ) from error
    with ExitStack() as stack:
        if machine := remote_machine():
            url = stack.enter_context(forward_socket(machine))
            connect: Callable[..., DockerClient] = partial(docker.DockerClient, base_url=url)
        else:
            _refuse_remote(docker.from_env(version=DEFAULT_DOCKER_API_VERSION))
            connect = docker.from_env
        with translate_docker_errors("the Docker daemon does not answer"):
            client = stack.enter_context(closing(connect(timeout=TIMEOUT)))
            client.ping()
        yield client


def _refuse_remote(client: DockerClient) -> None:
    """Raise `NoServer` when a client's daemon is on another machine.

    The client has not connected yet, because it was given an API version.
    """
    with closing(client):
        place = urlsplit(client.api.base_url)
    if place.scheme in ("http", "https") and place.hostname not in LOCAL_HOSTS:
        raise NoServer(
            f"the Docker daemon runs on another machine ({place.hostname}).",
            why="ports are published on 127.0.0.1 of that machine only; "
            f"DOCKER_HOST=ssh://USER@{place.hostname} makes them reachable.",
        )


@contextmanager
def translate_docker_errors(what: str) -> Iterator[None]:
    """Turn errors of the SDK, and of the HTTP library that it uses, into `NoServer`."""
    from docker.errors import DockerException
    from requests.exceptions import RequestException

    try:
        yield
    except (DockerException, RequestException) as error:
        raise NoServer(f"{what}.", why=_daemon_message(error)) from error


def _daemon_message(error: Exception) -> str:
    """The daemon's message, without the SDK's description of the HTTP request."""
    explanation = getattr(error, "explanation", None)
    return str(explanation or error).strip()


def ensure_image(client: DockerClient, image: str, tell: Tell) -> None:
    """Pull an image if the daemon does not have it.

    Raises `NoServer` when it cannot be pulled.
    """
    from docker.errors import APIError, ImageNotFound

    with translate_docker_errors(f"the Docker daemon does not tell whether it has {image}"):
        try:
            client.images.get(image)
            return
        except ImageNotFound:
            tell(f"pulling {image}")
            repository, _, tag = image.rpartition(":")
        try:
            client.images.pull(repository, tag)
        except APIError as error:
            raise NoServer(
                f"the image {image} is not here and cannot be pulled: {_daemon_message(error)}"
            ) from error


def find_container(client: DockerClient, name: str) -> Container | None:
    from docker.errors import NotFound

    try:
        return client.containers.get(name)
    except NotFound:
        return None


def remove_leftovers(client: DockerClient) -> None:
    """Remove throwaway containers with our label, after their owner has ended."""
    from docker.errors import APIError

    with translate_docker_errors("the Docker daemon does not list its containers"):
        ours = client.containers.list(all=True, filters={"label": f"{LABEL}=throwaway"})
    for each in ours:
        if is_owner_gone(each.labels.get(OWNER_LABEL, "? 0 ?")):
            try:
                each.remove(force=True, v=True)
            except APIError:  # another run is removing it
                continue


@contextmanager
def owned_container(client: DockerClient, name: str, **options: Any) -> Iterator[Container]:
    """A running container that is removed after the block, or after `kill -9` of this process.

    `options` are passed to the SDK's `containers.run`.  Raises `NoServer` when the container
    cannot be started.
    """
    module, function = remove_after_owner.__module__, remove_after_owner.__name__
    code = f"from {module} import {function}; {function}({name!r})"
    reaper = start_reaper([sys.executable, "-c", code])
    labels = {LABEL: "throwaway", OWNER_LABEL: current_owner()}
    try:
        with translate_docker_errors(f"the container {name} cannot be started"):
            container = client.containers.run(name=name, labels=labels, detach=True, **options)
        yield container
    finally:
        reaper.release(b"settled")
        if reaper.wait() != 0 and (left := find_container(client, name)):
            left.remove(force=True, v=True)


def remove_after_owner(name: str) -> None:
    """The program of a container's reaper: wait for the owner's end, then remove the container.

    If the owner was killed, the daemon may still be creating the container: without the
    message that the daemon has finished, check again for ten seconds.
    """
    import time

    settled = sys.stdin.buffer.read() == b"settled"
    with connect_docker() as client:
        for _ in range(1 if settled else 100):
            if container := find_container(client, name):
                container.remove(force=True, v=True)
                return
            time.sleep(0 if settled else 0.1)
