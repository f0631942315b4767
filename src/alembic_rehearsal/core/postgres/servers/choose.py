"""The search for sources of PostgreSQL on this machine, and the order of trying them."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from alembic_rehearsal.core.postgres.programs.installations import (
    WHEELS,
    Place,
    find_in_wheels,
    find_on_system,
    find_other_majors,
)
from alembic_rehearsal.core.postgres.servers.docker import docker_sources
from alembic_rehearsal.core.postgres.servers.local import LocalSource
from alembic_rehearsal.core.postgres.servers.parity import ServerSource, rank_sources, shortcoming
from alembic_rehearsal.core.values.databases import Server, ServerNeeds
from alembic_rehearsal.core.values.errors import NoServer, RehearsalError, UsageError, WrongServer
from alembic_rehearsal.core.values.progress import Tell

CHOICES = ("auto", "local", "embedded", "docker")
INSTALL_WHEEL = "pip install 'alembic-rehearsal[rehearse]'    (brings PostgreSQL in a wheel)"
INSTALL_SYSTEM = "apt-get install postgresql    (or: brew install postgresql)"
START_DOCKER = "start Docker"
SEARCH_EVERYWHERE = 'server = "auto"    (looks in every place, Docker included)'
GIVE_URL = 'give a server of your own: server = "postgresql://..." with disposable = true'


@dataclass(slots=True)
class Search:
    """One search of this machine for sources that meet `wanted`.

    `choice` is one of `CHOICES`.  `found` are all sources found, `refusals` one line for each
    place or source that cannot be used, `remedies` those of sources that did not start, and
    `local_places` the names of the local places where PostgreSQL was found.
    """

    choice: str
    wanted: ServerNeeds
    found: list[ServerSource] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    remedies: list[str] = field(default_factory=list)
    local_places: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        if self.choice not in CHOICES:
            close = difflib.get_close_matches(self.choice, CHOICES, n=1)
            raise UsageError(
                f"server = {self.choice!r} is none of {', '.join(CHOICES)}, and no URL.",
                remedies=tuple(f'server = "{each}"' for each in close),
            )

    def sources(self) -> Iterator[ServerSource]:
        """The sources to try, the best first; Docker is searched after the local exact matches."""
        self.search_locally()
        exact = [each for each in self.found if each.offer.is_exact_match(self.wanted)]
        yield from exact
        if self.choice in ("auto", "docker"):
            self._search_docker()
        yield from (each for each in rank_sources(self.found, self.wanted) if each not in exact)

    def start_first(self, start: Callable[[ServerSource], Server], tell: Tell) -> Server:
        """Try `start` with each source in turn; returns the first server that starts.

        `tell` gets a line for each source that does not start.  Raises `no_server_error()`
        when none starts.
        """
        for source in self.sources():
            try:
                return start(source)
            except NoServer as error:
                origin = source.offer.origin
                self.refusals.append(f"{origin}: {error.what} {error.why}".strip())
                self.remedies.extend(error.remedies)
                tell(f"{origin} could not be started: {error.what}")
        raise self.no_server_error()

    def no_server_error(self) -> RehearsalError:
        """The error after every source was tried.

        `WrongServer` when sources exist and none can hold the wanted schema, else `NoServer`.
        """
        unfit = [
            f"{each.offer.origin}: {why}"
            for each in self.found
            if (why := shortcoming(each.offer, self.wanted))
        ]
        why = "\n".join((*unfit, *self.refusals))
        remedies = tuple(dict.fromkeys((*self.remedies, *self._remedies(is_unfit=bool(unfit)))))
        if unfit and len(unfit) == len(self.found):
            what = f"no PostgreSQL here can hold a schema of {_needs_text(self.wanted)}."
            return WrongServer(what, why=why, remedies=remedies)
        return NoServer(
            "no PostgreSQL could be started on this machine.", why=why, remedies=remedies
        )

    def _remedies(self, *, is_unfit: bool) -> Iterator[str]:
        """Ways to get a server, without those that this machine has already."""
        if is_unfit:
            yield f"install {_needs_text(self.wanted)}"
        if self.choice != "docker" and not self.local_places & WHEELS.keys():
            yield INSTALL_WHEEL
        if (
            self.choice in ("auto", "local")
            and not is_unfit
            and not self.local_places - WHEELS.keys()
        ):
            yield INSTALL_SYSTEM
        if self.choice not in ("auto", "docker"):
            yield SEARCH_EVERYWHERE
        elif not any(each.kind == "docker" for each in self.found):
            yield START_DOCKER
        yield GIVE_URL

    def search_locally(self) -> None:
        """Add what the local places of this `choice` have to `found` and `refusals`."""
        looks = {
            "auto": (find_in_wheels, find_on_system, find_other_majors),
            "local": (find_on_system, find_other_majors, find_in_wheels),
            "embedded": (find_in_wheels,),
            "docker": (),
        }
        for look in looks[self.choice]:
            self._record(look())

    def _record(self, places: Iterable[Place]) -> None:
        for place in places:
            if place.found:
                self.found.append(LocalSource(place.found))
                self.local_places.add(place.name)
            else:
                self.refusals.append(f"{place.name}: {place.why}")

    def _search_docker(self) -> None:
        try:
            self.found.extend(docker_sources(self.wanted.major))
        except NoServer as error:
            self.refusals.append(f"docker: {error.what} {error.why}".strip())


def _needs_text(wanted: ServerNeeds) -> str:
    """The wanted server as text: "PostgreSQL 16 with postgis"."""
    major = f" {wanted.major}" if wanted.major else ""
    extensions = f" with {', '.join(wanted.extensions)}" if wanted.extensions else ""
    return f"PostgreSQL{major}{extensions}"
