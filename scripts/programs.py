"""Programs of .venv, run by nox sessions: the command `rehearsal`, pytest, ruff, mypy.

Before each of them .venv is brought up to date.
"""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
from typing import Any

import nox
from nox.command import CommandFailed

from environment import bring_up_to_date

SECONDS_TO_CLEAN_UP = 30.0  # after Ctrl-C, before nox kills the program


def prepare_nox() -> None:
    """Settings of the nox process itself: its log, and one variable for what it starts."""
    logging.getLogger("nox").addFilter(_filter_log)
    # Where it is set, each of a test run's thousand interpreters would compile SQLAlchemy anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def run(
    session: nox.Session, program: str, *arguments: str, silent: bool = False, **options: Any
) -> str:
    """Run a program of an up-to-date .venv; after Ctrl-C it has time to clean up.

    Returns its output if `silent`, else "".  By default nox joins stderr to stdout; here they
    stay apart, so that `nox -s test_migrations -- --format json` prints JSON.
    """
    bring_up_to_date(session)
    output = session.run(
        f".venv/bin/{program}",
        *arguments,
        external=True,
        interrupt_timeout=SECONDS_TO_CLEAN_UP,
        terminate_timeout=SECONDS_TO_CLEAN_UP,
        silent=silent,
        **{"stderr": sys.stderr, **options},
    )
    return output if isinstance(output, str) else ""


def rehearsal(session: nox.Session, *command: str) -> None:
    """Run the command `rehearsal` with the arguments that were typed after `--`."""
    run(session, "rehearsal", *command, *session.posargs)


def rehearse_on_every_major(session: nox.Session) -> None:
    """Run the rehearsal on each PostgreSQL major of this machine; fail if one of them fails."""
    listed = run(session, "rehearsal", "servers", silent=True)
    majors = list(dict.fromkeys(line.split()[0] for line in listed.splitlines()))
    failed = [major for major in majors if not _passes_on(session, major)]
    if failed or not majors:
        session.error(
            f"failed on PostgreSQL {', '.join(failed)}" if majors else "no PostgreSQL here"
        )


def _passes_on(session: nox.Session, major: str) -> bool:
    """Whether the rehearsal passes on one major.

    Logs the last line of the report; nox prints the whole report when it fails.
    """
    command = ("rehearsal", "run", "--postgres", major, *session.posargs)
    try:
        report = run(session, *command, silent=True, stderr=subprocess.STDOUT)
    except CommandFailed:
        session.warn(f"PostgreSQL {major}: failed, see the report above")
        return False
    session.log(f"PostgreSQL {major}: {report.splitlines()[-1]}")
    return True


def _filter_log(record: logging.LogRecord) -> bool:
    """Mask passwords in URLs; drop "uv binary not found.", which looks like an error."""
    record.msg, record.args = (
        re.sub(r"(://[^:/@\s]*:)[^\s'\"]*(?=@)", r"\1***", record.getMessage()),
        (),
    )
    return "uv binary" not in record.msg
