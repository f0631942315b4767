"""The `rehearsal` command: arguments in, a story told, text and an exit code out."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from alembic_rehearsal.errors import Refused, RehearsalError, SystemRefused, Usage
from alembic_rehearsal.settings import Settings, did_you_mean, environment, find_settings
from alembic_rehearsal.words import Project

app = typer.Typer(
    name="rehearsal",
    help="Rehearse Alembic migrations on a disposable PostgreSQL.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
LOCK_TIMEOUT = 60.0  # seconds, for another copy that upgrades the same database
snapshot_app = typer.Typer(help="Production's schema, as a file.", no_args_is_help=True)
app.add_typer(snapshot_app, name="snapshot")

Config = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="The project's alembic.ini.", show_default="alembic.ini"),
]
Section = Annotated[str, typer.Option("--name", "-n", help="The section of alembic.ini.")]
Python = Annotated[
    str, typer.Option(help="The interpreter that can import the project.", show_default="this one")
]
ServerChoice = Annotated[
    str | None,
    typer.Option("--server", help="auto, local, embedded, docker or a URL; overrides settings."),
]


# --- rehearsing --------------------------------------------------------------------------


@app.command()
def run(
    config: Config = None,
    name: Section = "alembic",
    python: Python = sys.executable,
    server: ServerChoice = None,
    format: Annotated[str, typer.Option(help="text, json, junit, markdown or github.")] = "text",
    all: Annotated[
        bool, typer.Option("--all", help="Fail on revisions that production has, too.")
    ] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep server and databases until Enter or Ctrl-C.")
    ] = False,
) -> None:
    """Rehearse every migration, and judge."""
    from alembic_rehearsal.rehearse import rehearse
    from alembic_rehearsal.report import FORMATS

    if format not in FORMATS:
        raise Usage(f"unknown format {format!r}{did_you_mean(format, FORMATS)}.")
    settings = _settings(config, server)
    report = rehearse(
        settings.project(python=python, section=name),
        settings,
        tell=_tell,
        all_fail=all,
        linger=_wait_for_enter if keep else None,
    )
    sys.stdout.write(FORMATS[format](report, folder=Path.cwd()))
    raise typer.Exit(1 if report.failed else 0)


@app.command()
def explain(
    code: Annotated[str | None, typer.Argument(help="A check, such as D1; without: all.")] = None,
    to: Annotated[Path | None, typer.Option(help="Write every page into this folder.")] = None,
) -> None:
    """What a check demands, and what to do."""
    from alembic_rehearsal.checks import CHECKS, find_check
    from alembic_rehearsal.report import pages

    if to is not None:
        to.mkdir(parents=True, exist_ok=True)
        for name, text in pages.pages(CHECKS).items():
            (to / name).write_text(text, encoding="utf-8")
        return
    if code is None:
        sys.stdout.write(pages.index(CHECKS))
        return
    found = find_check(code)
    if found is None:
        codes = tuple(each.code for each in CHECKS)
        raise Usage(
            f"there is no check {code!r}{did_you_mean(code.upper(), codes)}.",
            ways_out=("rehearsal explain   (lists every check)",),
        )
    sys.stdout.write(pages.page(found))


# --- the development database ------------------------------------------------------------


@app.command()
def migrate(
    config: Config = None,
    name: Section = "alembic",
    python: Python = sys.executable,
    server: ServerChoice = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Bring a database to head, from the snapshot.

    With the project's URL variable set: that database instead, upgraded and nothing else.
    """
    from alembic_rehearsal import develop
    from alembic_rehearsal.addresses import from_environment
    from alembic_rehearsal.report.text import migrated

    settings = _settings(config, server)
    project = settings.project(python=python, section=name)
    given = from_environment(settings, environment())
    if given:
        _migrate_given(settings, project, *given[0], is_agreed=yes)
        return
    outcome = develop.migrate(project, settings, tell=_tell)
    sys.stdout.write(migrated(outcome, settings.url_variables[0]))


@app.command()
def up(config: Config = None, server: ServerChoice = None) -> None:
    """Start the development Postgres."""
    from alembic_rehearsal import develop

    develop.start(_settings(config, server), tell=_tell)


@app.command()
def down(config: Config = None) -> None:
    """Stop the development Postgres; its data stay."""
    from alembic_rehearsal import develop

    stopped = develop.stop(_settings(config))
    _tell("stopped" if stopped else "no development Postgres was running")


@app.command()
def reset(config: Config = None, server: ServerChoice = None) -> None:
    """Make the development database anew."""
    from alembic_rehearsal import develop
    from alembic_rehearsal.report.text import migrated

    settings = _settings(config, server)
    outcome = develop.reset(settings.project(), settings, tell=_tell)
    sys.stdout.write(migrated(outcome, settings.url_variables[0]))


@app.command()
def url(config: Config = None) -> None:
    """Print its URL as psql takes it."""
    from alembic_rehearsal import develop

    sys.stdout.write(f"{develop.running(_settings(config)).url(driver='')}\n")


@app.command()
def env(config: Config = None) -> None:
    """Write its URL to .env."""
    from alembic_rehearsal import develop

    path = develop.write_env(_settings(config))
    _tell(f"wrote the development database's URL to {path}")


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def psql(
    context: typer.Context, config: Annotated[Path | None, typer.Option("--config")] = None
) -> None:
    """Open psql on it."""
    from alembic_rehearsal import develop

    raise typer.Exit(develop.psql(_settings(config), tuple(context.args)))


def _migrate_given(
    settings: Settings, project: Project, url: str, variable: str, *, is_agreed: bool
) -> None:
    """Upgrade the database that a URL variable names, when a person agrees to the plan."""
    from alembic_rehearsal.addresses import address_of
    from alembic_rehearsal.initialize import carry_out, decide
    from alembic_rehearsal.plans import Terms
    from alembic_rehearsal.project.host import open_project
    from alembic_rehearsal.report.plans import doing_text, initialized_text

    address = address_of(url, variable, settings.folder, environment())
    _tell(f"{address.masked}   ({variable})")
    terms = Terms(replayable=settings.replayable, may_create=False, may_restore=False)
    with open_project(project) as child:
        plan = decide(child, address, terms, wait=0.0, tell=_tell)
        _tell(doing_text(plan).rstrip())
        if plan.actions and not (is_agreed or address.is_local or _ask("Upgrade it?")):
            raise Refused("not agreed; nothing was changed.")
        outcome = carry_out(child, plan, lock_timeout=LOCK_TIMEOUT, tell=_tell)
    sys.stdout.write(initialized_text(outcome))


# --- snapshots ---------------------------------------------------------------------------


@snapshot_app.command("take")
def snapshot_take(
    source: Annotated[
        str, typer.Option("--from", help="The database's URL, or the variable that holds it.")
    ],
    config: Config = None,
    to: Annotated[Path | None, typer.Option(help="Where to write it.")] = None,
) -> None:
    """Write production's schema; no row leaves it."""
    from alembic_rehearsal.capture import take_snapshot

    settings = find_settings(config)
    path = to or settings.snapshot or settings.folder / "snapshots" / "production.sql"
    url = source if "://" in source else _variable(source)
    snapshot = take_snapshot(url, path, tell=_tell)
    at = ", ".join(snapshot.provenance.revisions) or "no revision"
    _tell(
        f"wrote {snapshot.path} and its provenance: {at}, {len(snapshot.provenance.tables)} tables"
    )


# --- words to and from people ------------------------------------------------------------


def _settings(config: Path | None, server: str | None = None) -> Settings:
    settings = find_settings(config)
    return replace(settings, server=server) if server else settings


def _variable(name: str) -> str:
    """A URL from the environment: in an argument, every process list would show it."""
    url = environment().get(name)
    if not url:
        raise Usage(f"--from {name}: that is no URL, and no variable of this name is set.")
    return url


def _tell(line: str) -> None:
    """Progress goes to stderr, so that stdout holds the result alone."""
    print(line, file=sys.stderr, flush=True)


def _ask(question: str) -> bool:
    """Ask on the terminal; raises `Usage` where there is none to ask on."""
    if not sys.stdin.isatty():
        raise Usage(
            f"{question} There is no terminal to ask on.", ways_out=("--yes   (to go ahead)",)
        )
    return typer.confirm(question, err=True)


def _wait_for_enter(urls: tuple[str, ...]) -> None:
    """Let the databases live until somebody has looked at them."""
    for each in urls:
        _tell(f"kept: psql '{each}'")
    _tell("kept until Enter or Ctrl-C")
    sys.stdin.readline()


def main() -> None:
    """Run the command line; every error becomes its text and its exit code here."""
    from alembic_rehearsal.report.errors import error_text

    try:
        app()
    except RehearsalError as error:
        _tell(error_text(error))
        raise SystemExit(error.exit_code) from None
    except OSError as error:
        refused = SystemRefused.because(error)
        _tell(error_text(refused))
        raise SystemExit(refused.exit_code) from None
    except KeyboardInterrupt:
        _tell("rehearsal: interrupted")
        raise SystemExit(130) from None
