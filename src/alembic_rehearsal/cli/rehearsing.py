"""`rehearsal run` and `rehearsal explain`: judging, and what is judged."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from alembic_rehearsal.cli.options import (
    Config,
    Python,
    Section,
    ServerChoice,
    app,
    linger,
    settings_for,
    tell,
)
from alembic_rehearsal.errors import Usage
from alembic_rehearsal.settings import did_you_mean


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
    settings = settings_for(config, server)
    project = settings.project(python=python, section=name)
    with rehearse(project, settings, tell=tell, all_fail=all) as held:
        sys.stdout.write(FORMATS[format](held.report, folder=Path.cwd()))
        sys.stdout.flush()
        if keep:
            linger(held.databases)
    raise typer.Exit(1 if held.report.failed else 0)


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
