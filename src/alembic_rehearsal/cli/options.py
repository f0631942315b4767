"""What the commands share: the application, its options, progress lines and questions."""

from __future__ import annotations

import sys
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from alembic_rehearsal.core.settings.environment import environment, read_random_seed
from alembic_rehearsal.core.settings.files import find_settings
from alembic_rehearsal.core.settings.values import Settings
from alembic_rehearsal.core.values.databases import Database
from alembic_rehearsal.core.values.did_you_mean import did_you_mean
from alembic_rehearsal.core.values.errors import UsageError

app = typer.Typer(
    name="rehearsal",
    help="Rehearse Alembic migrations on a disposable PostgreSQL.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Config = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="The project's alembic.ini.", show_default="alembic.ini"),
]
Section = Annotated[str, typer.Option("--name", "-n", help="The section of alembic.ini.")]
Python = Annotated[
    str, typer.Option(help="The interpreter that can import the project.", show_default="this one")
]
Target = Annotated[
    str | None,
    typer.Option("--target", help="What deploys upgrade to: heads, main@head, a revision."),
]
X = Annotated[
    list[str] | None,
    typer.Option(
        "-x",
        help="What deploys pass to env.py with -x; {url} becomes the database's URL.",
        metavar="K=V",
    ),
]
ServerChoice = Annotated[
    str | None,
    typer.Option("--server", help="auto, local, embedded, docker or a URL; overrides settings."),
]


Seed = Annotated[
    int | None,
    typer.Option(
        "--seed", help="The seed of random samples; each report names the one that it used."
    ),
]


def settings_for(
    config: Path | None,
    server: str | None = None,
    *,
    seed: int | None = None,
    target: str | None = None,
    x: list[str] | None = None,
) -> Settings:
    """The settings of a configuration; the other arguments override them.

    Without `seed`, REHEARSAL_SEED counts.
    """
    found = find_settings(config)
    given: dict[str, Any] = {
        "server": server or None,
        "random_seed": read_random_seed() if seed is None else seed,
        "target": target or None,
        "x": tuple(x) if x else None,
    }
    return replace(found, **{key: value for key, value in given.items() if value is not None})


def tell(line: str) -> None:
    """Progress goes to stderr, so that stdout holds the result alone.

    Each line is one write, because experiments that run at the same time call this.
    """
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def confirm(question: str) -> bool:
    """Ask a person on the terminal.  Raises `UsageError` where there is no terminal."""
    if not sys.stdin.isatty():
        raise UsageError(
            f"{question} There is no terminal to ask on.", remedies=("--yes   (to go ahead)",)
        )
    return typer.confirm(question, err=True)


def wait_for_enter(databases: tuple[Database, ...]) -> None:
    """Keep the databases until somebody presses Enter; Ctrl-C only ends the wait.

    The password is printed only for a server of ours: it is gone with the server.
    """
    try:
        for each in databases:
            tell(f"kept: psql '{each.url('') if each.server.ours else each.masked}'")
        tell("kept until Enter or Ctrl-C")
        sys.stdin.readline()
    except KeyboardInterrupt:
        return


def expect_format(format: str, known: Collection[str]) -> None:
    """Raise `UsageError` for an unknown format."""
    if format not in known:
        raise UsageError(
            f"unknown format {format!r}{did_you_mean(format, tuple(known))}.",
            remedies=(f"--format {' | '.join(known)}",),
        )


def resolve_schema(text: str, option: str) -> str:
    """A URL or a snapshot's path, as typed or from the environment variable of that name.

    `option` names the option in the error.
    """
    is_schema = "://" in text or text.endswith(".sql")
    return text if is_schema else read_url_variable(text, option)


def read_url_variable(name: str, option: str = "--from") -> str:
    """A URL from an environment variable: process lists would show it in an argument.

    `option` names the option in the error.
    """
    url = environment().get(name)
    if not url:
        shown = name if name.isidentifier() else f"what was given ({len(name)} characters)"
        raise UsageError(
            f"{shown} is no URL, and no variable of this name is set.",
            remedies=(
                f"{option} DATABASE_URL   (a variable that holds it)",
                f"{option} postgresql://USER:PASSWORD@HOST/NAME",
            ),
        )
    return url
