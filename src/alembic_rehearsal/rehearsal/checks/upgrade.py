"""Family U: the way up, from an empty database and from production's schema."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from alembic_rehearsal.core.project.steps import Failure, UpgradeRun
from alembic_rehearsal.core.values.phrases import first_few
from alembic_rehearsal.rehearsal.checks.check import check
from alembic_rehearsal.rehearsal.facts.evidence import Evidence, LoadedSnapshot
from alembic_rehearsal.rehearsal.facts.findings import Finding
from alembic_rehearsal.rehearsal.facts.missing_rows import MissingRows
from alembic_rehearsal.rehearsal.facts.models import MetadataComparison
from alembic_rehearsal.rehearsal.facts.start import Start
from alembic_rehearsal.rehearsal.facts.upgrade import (
    OtherModeUpgrades,
    StartComparison,
    UpgradeFromEmpty,
    UpgradeFromSnapshot,
)

# What another hand should have made: an undefined table, object, schema or function.
_UNDEFINED_OBJECT = frozenset({"42P01", "42704", "3F000", "42883"})


@check(
    "U1",
    "upgrades from empty",
    why="a new environment, a test database and a new colleague all start from empty; a history "
    "that cannot run there has to be replaced by a dump or by create_all.",
    remedy="Mend the revision if nobody has applied it; otherwise declare the history not "
    "replayable and start environments from the snapshot.",
    source="Alembic manual, Tutorial: Running our First Migration",
    needs=(UpgradeFromEmpty,),
    uses=(OtherModeUpgrades,),
    is_blocking=True,
)
def upgrades_from_empty(evidence: Evidence) -> Iterator[Finding]:
    """`alembic upgrade heads` brings an empty database to head."""
    found = evidence.fact(UpgradeFromEmpty)
    walked = found.upgrade
    yield from _not_at_head_findings(evidence, walked, "from an empty database")
    if walked.failure is not None:
        yield _failure_finding(
            walked.failure,
            "the history cannot be built from empty: ",
            do=_remedy_from_empty(evidence, walked.failure),
            more=_preexisting_tables_text(found.preexisting_tables)
            + _working_modes_text(evidence, Start.EMPTY),
        )


@check(
    "U2",
    "upgrades from production's schema",
    why="this is what the next deploy will run; it stops there as it stopped here.",
    remedy="Mend the revision: production was built step by step and differs from a fresh "
    "database.  Where it needs rows that earlier revisions wrote, let the snapshot carry them: "
    "declare their tables as `reference_tables`.",
    source="seen in public histories: half of 26 cannot be built from empty, so that production's "
    "schema is not the one that their migrations describe",
    needs=(UpgradeFromSnapshot,),
    uses=(MissingRows, OtherModeUpgrades),
    is_blocking=True,
)
def upgrades_from_snapshot(evidence: Evidence) -> Iterator[Finding]:
    """Every pending revision runs on production's schema and ends at head."""
    walked = evidence.fact(UpgradeFromSnapshot).upgrade
    yield from _not_at_head_findings(evidence, walked, "from the snapshot")
    missing: MissingRows | None = evidence.facts.get(MissingRows)
    if walked.failure is not None and missing is not None and missing.tables:
        yield _missing_rows_finding(evidence, walked.failure, missing)
    elif walked.failure is not None:
        yield _failure_finding(
            walked.failure,
            "on production's schema ",
            do=f"rehearsal run --keep{evidence.config_option}   (keeps the database for a look)",
            more=_working_modes_text(evidence, Start.SNAPSHOT),
        )


@check(
    "U3",
    "both ways end in one schema",
    why="tests and new environments run on one schema and production on another.",
    remedy="Write an introspection-based revision that brings both to the same schema.",
    source="both schemas as PostgreSQL's catalogs have them; column order does not count",
    needs=(StartComparison,),
    whole_history=True,
)
def same_schema_from_both_starts(evidence: Evidence) -> Iterator[Finding]:
    """A database built from empty and one upgraded from the snapshot have the same schema."""
    snapshot = evidence.snapshot
    for difference in evidence.fact(StartComparison).differences:
        yield Finding(
            path=snapshot.path if snapshot else evidence.history.location,
            object=f"{difference.kind} {difference.name}",
            what=f"{difference.text}, when upgraded from production instead of built from empty.",
            do=f"{evidence.alembic} revision -m 'reconcile production'   (look before you change)",
        )


@check(
    "U4",
    "models equal the migrated schema",
    why="the application expects one schema and the migrations build another; the next "
    "autogenerate would bring the difference along.",
    remedy="Write the missing migration, or bring the model back to what is deployed.",
    source="Alembic manual, Auto Generating Migrations; alembic check",
    needs=(MetadataComparison,),
    whole_history=True,
)
def models_match_schema(evidence: Evidence) -> Iterator[Finding]:
    """Alembic's comparison, with the project's own options, finds nothing to generate."""
    compared = evidence.fact(MetadataComparison)
    if compared.failure is not None:
        yield _failure_finding(
            compared.failure, "the models cannot be compared: ", do=f"{evidence.alembic} check"
        )
    for each in compared.differences:
        yield Finding(
            path=evidence.history.location / "env.py",
            object=each.object,
            group=each.kind,
            what=each.text,
            do=f"rehearsal migrate{evidence.config_option}   (a database at head)\n"
            f"rehearsal env{evidence.config_option}   (writes its URL to .env)\n"
            f"{evidence.alembic} revision --autogenerate -m 'what is missing'",
        )


def _missing_rows_finding(evidence: Evidence, failure: Failure, missing: MissingRows) -> Finding:
    """The snapshot is to blame, and not the migration."""
    provenance = evidence.fact(LoadedSnapshot).snapshot.provenance
    tables = dict.fromkeys((*provenance.reference_tables, *missing.tables))
    listed = ", ".join(f'"{name}"' for name in tables)
    return Finding(
        path=evidence.fact(LoadedSnapshot).snapshot.path,
        revision=missing.revision,
        what=f"{missing.revision} fails on the snapshot because the rows that "
        f"{', '.join(missing.writers)} wrote to {', '.join(missing.tables)} are missing there; "
        f"with them it works.\nwithout: {failure.full_message}",
        why="a snapshot is schema alone: what a revision does with rows that others wrote can be "
        "judged only where they are.",
        do=f"reference_tables = [{listed}]   (in [tool.rehearsal])\n"
        f"rehearsal snapshot take --from URL{evidence.config_option}",
    )


def _preexisting_tables_text(names: Sequence[str]) -> str:
    """What was there before the first revision, and who has made it."""
    if not names:
        return ""
    return (
        f"\nbefore the first revision env.py, or what it imports, has made {first_few(names)}: "
        "a `create_all` that runs on import, most likely"
    )


def _remedy_from_empty(evidence: Evidence, failure: Failure) -> str:
    """What nobody has applied can be mended; what production has can only be declared."""
    declared = (
        '\nbootstrap = "schema.sql" in [tool.rehearsal]   (a file or a command, where something '
        "else makes what it expects)"
        if failure.sqlstate in _UNDEFINED_OBJECT
        else ""
    )
    revision = failure.revision
    if evidence.is_pending(revision):
        mend = f"mend {revision or 'env.py'}, then: rehearsal run{evidence.config_option}"
        return mend + declared
    return (
        f"rehearsal-init --from-snapshot{evidence.config_option}   "
        "(a fresh environment all the same)\n"
        "replayable = false in [tool.rehearsal]   (to declare it)" + declared
    )


def _not_at_head_findings(evidence: Evidence, walked: UpgradeRun, start: str) -> Iterator[Finding]:
    history = evidence.history
    if walked.failure is None and not history.is_at_head(walked.heads):
        yield Finding(
            path=history.location / "env.py",
            what=f"the upgrade {start} succeeded, yet the version table holds "
            f"{', '.join(walked.heads) or 'nothing'} instead of {', '.join(history.heads)}.",
            do="connection.commit()   (in env.py, where it makes none)\n"
            "context.run_migrations()   (in env.py, where it does not come to that)",
        )


def _failure_finding(failure: Failure, lead: str, *, do: str, more: str = "") -> Finding:
    return Finding(
        path=failure.path,
        line=failure.line,
        revision=failure.revision,
        what=f"{lead}{failure.failed_step}{failure.full_message}{more}",
        do=do,
    )


def _working_modes_text(evidence: Evidence, start: Start) -> str:
    """The modes in which the same upgrade works, where any does."""
    ways = evidence.fact(OtherModeUpgrades).upgrades if OtherModeUpgrades in evidence.facts else ()
    modes = [
        str(each.mode)
        for each in ways
        if each.start is start
        and each.upgrade.failure is None
        and evidence.history.is_at_head(each.upgrade.heads)
    ]
    return f"\nthe same upgrade works with {'; or with '.join(modes)}" if modes else ""


CHECKS = (
    upgrades_from_empty,
    upgrades_from_snapshot,
    same_schema_from_both_starts,
    models_match_schema,
)
