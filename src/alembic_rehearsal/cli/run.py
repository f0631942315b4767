"""`rehearsal run`, `rehearsal report merge` and `rehearsal explain`."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from alembic_rehearsal.cli.options import (
    Config,
    Python,
    Section,
    Seed,
    ServerChoice,
    Target,
    X,
    app,
    expect_format,
    settings_for,
    tell,
    wait_for_enter,
)
from alembic_rehearsal.core.values.did_you_mean import did_you_mean
from alembic_rehearsal.core.values.errors import UsageError
from alembic_rehearsal.rehearsal.facts.report import Report
from alembic_rehearsal.rehearsal.facts.scope import Scope

EXIT_INTERRUPTED = 130  # 128 plus the number of SIGINT, as in shells

report_app = typer.Typer(help="Reports of rehearsals.", no_args_is_help=True)
app.add_typer(report_app, name="report")

ReportFormat = Annotated[str, typer.Option(help="text, json, junit, markdown or github.")]


@app.command()
def run(
    config: Config = None,
    name: Section = "alembic",
    python: Python = sys.executable,
    server: ServerChoice = None,
    postgres: Annotated[
        int | None, typer.Option(help="The PostgreSQL major version to use; overrides settings.")
    ] = None,
    checks: Annotated[
        str | None, typer.Option(help="Only these checks: codes and families, H1,D.")
    ] = None,
    skip: Annotated[str | None, typer.Option(help="Not these checks: D4,B.")] = None,
    since: Annotated[
        str | None, typer.Option(help="Revisions up to this one are run, not judged one by one.")
    ] = None,
    shard: Annotated[
        str, typer.Option(help="One part of the rehearsal, for `report merge`: 2/8.")
    ] = "1/1",
    target: Target = None,
    x: X = None,
    format: ReportFormat = "text",
    all: Annotated[
        bool,
        typer.Option(
            "--all", help="Fail on findings of revisions that production has applied as well."
        ),
    ] = False,
    seed: Seed = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep server and databases until Enter or Ctrl-C.")
    ] = False,
) -> None:
    """Rehearse every migration and report the findings."""
    from alembic_rehearsal.rehearsal.judging.selection import choose_checks, without_skipped
    from alembic_rehearsal.rehearsal.rehearse import rehearse
    from alembic_rehearsal.rehearsal.report.formats import FORMATS

    expect_format(format, FORMATS)
    chosen, part = choose_checks(checks, skip), _parse_shard(shard)
    settings = settings_for(config, server, seed=seed, target=target, x=x)
    chosen = without_skipped(chosen, settings.skip)
    scope = Scope(chosen, since or "", shard=part, postgres=postgres)
    project = settings.project(python=python, section=name)
    with rehearse(project, settings, tell=tell, all_fail=all, scope=scope) as rehearsal:
        sys.stdout.write(FORMATS[format](rehearsal.report, folder=Path.cwd()))
        sys.stdout.flush()
        if keep:
            wait_for_enter(rehearsal.databases)
    raise typer.Exit(_exit_code(rehearsal.report))


@report_app.command("merge")
def report_merge(
    parts: Annotated[
        list[Path], typer.Argument(help="The reports that the shards wrote with --format json.")
    ],
    format: ReportFormat = "text",
) -> None:
    """Join the JSON of all shards into one report."""
    from alembic_rehearsal.rehearsal.merge_shards import merge_reports
    from alembic_rehearsal.rehearsal.report.formats import FORMATS

    expect_format(format, FORMATS)
    report = merge_reports(parts, folder=Path.cwd())
    sys.stdout.write(FORMATS[format](report, folder=Path.cwd()))
    raise typer.Exit(_exit_code(report))


@app.command()
def explain(
    code: Annotated[
        str | None, typer.Argument(help="A check, such as D1; all checks without it.")
    ] = None,
    to: Annotated[Path | None, typer.Option(help="Write every page into this folder.")] = None,
) -> None:
    """Explain what a check demands and how to satisfy it."""
    from alembic_rehearsal.rehearsal.checks.all_checks import CHECKS, CODES, find_check
    from alembic_rehearsal.rehearsal.report import check_pages

    if to is not None:
        to.mkdir(parents=True, exist_ok=True)
        for name, text in check_pages.pages(CHECKS).items():
            (to / name).write_text(text, encoding="utf-8")
        return
    if code is None:
        sys.stdout.write(check_pages.index(CHECKS))
        return
    found = find_check(code)
    if found is None:
        raise UsageError(
            f"there is no check {code!r}{did_you_mean(code.upper(), CODES)}.",
            remedies=("rehearsal explain   (lists every check)",),
        )
    sys.stdout.write(check_pages.page(found))


def _parse_shard(text: str) -> tuple[int, int]:
    """(2, 8) for "2/8"."""
    found = re.fullmatch(r"(\d{1,4})/(\d{1,4})", text)
    number, shards = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= number <= shards:
        rule = f"the first number must be between 1 and {shards}" if shards else "it must be N/M"
        raise UsageError(f"--shard {text!r}: {rule}.", remedies=("--shard 2/8",))
    return number, shards


def _exit_code(report: Report) -> int:
    return EXIT_INTERRUPTED if report.run.interrupted else int(report.failed)
