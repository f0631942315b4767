"""The sessions: each is one command, and `nox -l` lists them with one line each.

How a session does its work is in scripts/.  All sessions without a venv_backend share .venv, the
environment of editors, `alembic` and people; environments of nox's own would duplicate it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nox

# nox does not put the folder of its noxfile on sys.path.
sys.path.insert(0, str(Path(__file__).resolve().parent / "scripts"))

from environment import bring_up_to_date
from other_environments import (
    install_peers,
    name_other_majors,
    name_real_projects,
    real_projects_option,
)
from programs import prepare_nox, rehearsal, rehearse_on_every_major, run

nox.needs_version = ">=2024.10.9"
nox.options.default_venv_backend = "none"
nox.options.sessions = ["lint", "tests", "test_migrations"]

PYTEST = ("pytest", "-n", "auto", "--dist", "worksteal")  # on all cores

prepare_nox()


# --- the migrations ----------------------------------------------------------------------


@nox.session
def migrate(session: nox.Session) -> None:
    """Bring the development database to head: start Postgres, restore the snapshot, upgrade."""
    rehearsal(session, "migrate")


@nox.session
def test_migrations(session: nox.Session) -> None:
    """Rehearse the migrations on a throwaway Postgres and judge them."""
    rehearsal(session, "run")


@nox.session
def test_migrations_matrix(session: nox.Session) -> None:
    """Rehearse the migrations on every PostgreSQL major of this machine."""
    rehearse_on_every_major(session)


@nox.session
def snapshot(session: nox.Session) -> None:
    """Take a new snapshot of production's schema, into snapshots/."""
    rehearsal(session, "snapshot", "take")


@nox.session
def drift(session: nox.Session) -> None:
    """Compare a database with its migrations and models; options after `--`."""
    rehearsal(session, "drift")


@nox.session
def init(session: nox.Session) -> None:
    """Bring DATABASE_URL to head, as a deployment does; drop nothing."""
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
    """Drop the development database and create it again."""
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
    """Run every test that needs no Docker, without the slow ones."""
    run(session, *PYTEST, "-m", "not docker and not slow", *session.posargs)


@nox.session
def tests_slow(session: nox.Session) -> None:
    """Run the slow tests that need no Docker."""
    run(session, *PYTEST, "-m", "slow and not docker", *session.posargs)


@nox.session
def tests_all(session: nox.Session) -> None:
    """Run every test that needs no Docker: `tests` and `tests_slow` together."""
    run(session, *PYTEST, "-m", "not docker", *session.posargs)


@nox.session
def docker(session: nox.Session) -> None:
    """Run the tests that need a Docker daemon; without one they fail."""
    session.env["REHEARSAL_REQUIRE_DOCKER"] = "1"
    run(session, "pytest", "-m", "docker", *session.posargs)


@nox.session(venv_backend="virtualenv", reuse_venv=True)
def scoreboard(session: nox.Session) -> None:
    """Break the sample in many ways; write which tool finds it to docs/scoreboard.md."""
    peers = install_peers(session)
    session.env["PYTHONPATH"] = "tests"
    run(session, "python", "-m", "scoreboard", peers, *session.posargs)


@nox.session(venv_backend="virtualenv", reuse_venv=True)
def bench(session: nox.Session) -> None:
    """Measure this machine: medians, and the same work done by other tools."""
    options = (install_peers(session), *real_projects_option(session))
    run(session, "python", "scripts/bench", *options, *session.posargs)


# --- the environment ---------------------------------------------------------------------


@nox.session
def install(session: nox.Session) -> None:
    """Bring .venv up to date, as the sessions above do first."""
    bring_up_to_date(session)


@nox.session(venv_backend="virtualenv")
def lock(session: nox.Session) -> None:
    """Choose the newest versions again, into constraints/.

    uv chooses them and is itself not pinned.
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

    constraints/ is not used: it has the newest versions, and here uv resolves the oldest.
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

    Their own dependencies are not pinned, as such a project would get them; and pip cannot take
    a single package from constraints with hashes.
    """
    session.install("alembic==1.8.1", "sqlalchemy==1.4.54", "psycopg2-binary")
    session.env["REHEARSAL_OLD_PYTHON"] = f"{session.virtualenv.location}/bin/python"
    files = ("core/project/test_stacks.py", "squash/test_wide.py", "drift/test_stacks.py")
    run(session, "pytest", *(f"tests/postgres/{each}" for each in files), *session.posargs)


@nox.session(venv_backend="virtualenv", reuse_venv=True)
def adopted(session: nox.Session) -> None:
    """Rehearse a Flask-Migrate project in an environment of its own."""
    session.install("flask-migrate==4.1.0", "psycopg2-binary")
    session.env["REHEARSAL_FLASK_PYTHON"] = f"{session.virtualenv.location}/bin/python"
    run(session, "pytest", "tests/adopted/test_flask_migrate.py", *session.posargs)


@nox.session
def real_projects(session: nox.Session) -> None:
    """Rehearse two real histories, each in an environment with its pinned versions."""
    name_real_projects(session)
    run(session, "pytest", "tests/adopted/test_real.py", *session.posargs)


@nox.session
def other_majors(session: nox.Session) -> None:
    """Read schemas and take snapshots on PostgreSQL 13, 14, 16 and 17, from npm."""
    name_other_majors(session)
    files = ("core/schema/test_restored.py", "snapshot/test_majors.py")
    run(session, "pytest", "-n", "auto", *(f"tests/postgres/{each}" for each in files))
