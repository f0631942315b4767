"""`rehearsal-init`: the command that a deploy runs before the application starts.

It works with the core dependencies alone.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import psycopg2

from alembic_rehearsal.core.project.host import open_project
from alembic_rehearsal.core.settings.environment import environment
from alembic_rehearsal.core.settings.files import find_settings
from alembic_rehearsal.core.settings.values import Settings, config_option
from alembic_rehearsal.core.values.did_you_mean import did_you_mean
from alembic_rehearsal.core.values.error_text import error_text
from alembic_rehearsal.core.values.errors import (
    LockTimeout,
    NoServer,
    Refused,
    RehearsalError,
    SystemCallFailed,
    UsageError,
)
from alembic_rehearsal.core.values.urls import mask
from alembic_rehearsal.deploy.decide import open_plan
from alembic_rehearsal.deploy.initialize import RETRIES, carry_out
from alembic_rehearsal.deploy.plan import DeployOptions
from alembic_rehearsal.deploy.report import deploy_text, plan_text, state_text
from alembic_rehearsal.deploy.target import find_address

COMMAND = "rehearsal-init"
OPTIONS = (
    *("--plan", "--url", "--require", "--from-snapshot", "--adopt", "--allow-drift", "--seed"),
    *("--wait", "--lock-timeout", "--lock-retries"),
    *("--config", "--name", "--python", "--help"),
)
_EPILOG = """\
exit codes:
  0  done: the database is at head (with --plan: it can be brought there)
  1  refused (nothing was touched), or stopped: a migration failed, the project does not
     load, the snapshot is unreadable, the disk is full
  2  the command line, the settings or the URL is wrong
  3  the server cannot be reached, or another copy holds the lock: try again later
  130  interrupted
"""


def main(
    arguments: Sequence[str] | None = None,
    *,
    config: Path | None = None,
    application_url: str | None = None,
) -> int:
    """Run the command line and return its exit code.

    `config` is the alembic.ini that counts without `--config`, None for the one that the
    settings name.  `application_url` is the application's own database URL; it is ignored
    with another configuration than `config`.
    """
    try:
        options = _parse_arguments(arguments, config)
        own = config is not None and options.config.resolve() == config.resolve()
        _run(options, application_url if own else None)
    except RehearsalError as error:
        _tell(error_text(error, command=COMMAND))
        return _exit_code(error)
    except psycopg2.Error as error:  # any other error, in the words of PostgreSQL
        _tell(error_text(Refused(mask(str(error).strip())), command=COMMAND))
        return 1
    except OSError as error:
        _tell(error_text(SystemCallFailed.from_os_error(error), command=COMMAND))
        return 1
    except KeyboardInterrupt:
        _tell(f"{COMMAND}: interrupted")
        return 130
    return 0


def _run(options: argparse.Namespace, application_url: str | None) -> None:
    settings = find_settings(options.config)
    address = find_address(
        settings,
        environment(),
        url=options.url,
        application_url=application_url,
        section=options.name,
    )
    _tell(f"{address.masked}   ({address.origin})")
    project = settings.project(python=options.python, section=options.name)
    with (
        open_project(project) as child,
        open_plan(
            child,
            address,
            _deploy_options(options, settings),
            wait=options.wait,
            lock_timeout=options.lock_timeout,
            tell=_tell,
        ) as locked,
    ):
        if options.plan:
            sys.stdout.write(plan_text(locked.plan))
            return
        _tell(f"state: {state_text(locked.plan)}")
        limits = {"lock_timeout": options.lock_timeout, "retries": options.lock_retries}
        result = carry_out(child, locked, **limits, tell=_tell)
    sys.stdout.write(deploy_text(result))


def _deploy_options(options: argparse.Namespace, settings: Settings) -> DeployOptions:
    if options.seed and not settings.seed:
        raise UsageError(
            f"--seed, and {settings.source or 'the settings'} name no seed function.",
            remedies=('seed = "package.module:function"   (in [tool.rehearsal])',),
        )
    return DeployOptions(
        snapshot=settings.snapshot,
        from_snapshot=options.from_snapshot,
        replayable=settings.replayable,
        lock=settings.lock_path,
        adopt=None if options.adopt is None else tuple(options.adopt),
        allow_drift=options.allow_drift,
        seed=settings.seed if options.seed else "",
        bootstrap=settings.bootstrap,
        version_table=settings.version_table,
        require=options.require,
        config_option=config_option(settings.config),
        creation=settings.database,
    )


def _exit_code(error: RehearsalError) -> int:
    """3 only where a later try can help, so that an orchestrator may try again."""
    if isinstance(error, NoServer | LockTimeout | UsageError):
        return error.exit_code
    return 1


def _tell(line: str) -> None:
    """Progress goes to stderr, so that stdout holds the result alone."""
    print(line, file=sys.stderr, flush=True)


# --- the command line --------------------------------------------------------------------


def _parse_arguments(arguments: Sequence[str] | None, config: Path | None) -> argparse.Namespace:
    """The options.  Raises `UsageError` for an unknown one; `--help` exits as argparse does."""
    parser = _argument_parser(config)
    options, unknown = parser.parse_known_args(arguments)
    if unknown:
        raise UsageError(
            f"unknown argument {unknown[0]!r}{did_you_mean(unknown[0], OPTIONS)}.",
            remedies=(f"{COMMAND} --help",),
        )
    return options


class _Parser(argparse.ArgumentParser):
    """An argparse parser that raises `UsageError`."""

    def error(self, message: str) -> None:  # type: ignore[override]
        raise UsageError(f"{message}.", remedies=(f"{COMMAND} --help",))


def _argument_parser(config: Path | None) -> argparse.ArgumentParser:
    parser = _Parser(
        prog=COMMAND,
        description="Bring the application's database to head: create it if it is missing,\n"
        "upgrade it if it is empty or behind, refuse whatever a person must decide.\n"
        "It never drops anything.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--plan", action="store_true", help="say what would be done; change nothing")
    add("--url", help="the database; other users of the machine can see it while this runs")
    add("--require", choices=("postgresql", "sqlite"), default="", help="refuse any other kind")
    add(
        "--from-snapshot",
        action="store_true",
        help="start an empty database from production's snapshot",
    )
    add("--adopt", nargs="*", metavar="REVISION", help="stamp an unstamped database whose schema "
        "matches a revision; name the revision where several match")  # fmt: skip
    add(
        "--allow-drift",
        action="store_true",
        help="upgrade although the schema does not match the stamp",
    )
    add("--seed", action="store_true", help="run the seed function of the settings, once")
    add(
        "--wait",
        type=_parse_seconds,
        default=30.0,
        metavar="S",
        help="seconds to wait for the server (30)",
    )
    add(
        "--lock-timeout",
        type=_parse_seconds,
        default=60.0,
        metavar="S",
        help="seconds to wait for other copies (60)",
    )
    add("--lock-retries", type=_parse_count, default=RETRIES, metavar="N", help="how often an "
        f"upgrade that could not get a lock is run again ({RETRIES})")  # fmt: skip
    add("--config", "-c", type=Path, default=config, help="the project's alembic.ini")
    add("--name", "-n", default="alembic", metavar="SECTION", help="its section in that file")
    add("--python", default=sys.executable, help="the interpreter that can import the project")
    return parser


def _parse_count(text: str) -> int:
    """A number, 0 for never."""
    if re.fullmatch(r"\d+", text) is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number")
    return int(text)


def _parse_seconds(text: str) -> float:
    """A number of seconds, 0 for no waiting at all."""
    if re.fullmatch(r"\d+(\.\d+)?", text) is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")
    return float(text)
