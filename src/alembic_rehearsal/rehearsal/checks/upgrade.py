"""Family U: the way up, from an empty database and from production's schema."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from alembic_rehearsal.core.project.steps import Failure, UpgradeRun
from alembic_rehearsal.core.values.phrases import first_few
from alembic_rehearsal.rehearsal.checks.check import check
from alembic_rehearsal.rehearsal.facts.evidence import Evidence, SnapshotRead
from alembic_rehearsal.rehearsal.facts.findings import Finding
from alembic_rehearsal.rehearsal.facts.missing_rows import MissingRows
from alembic_rehearsal.rehearsal.facts.models import AgainstModels
from alembic_rehearsal.rehearsal.facts.start import Start
from alembic_rehearsal.rehearsal.facts.upgrade import BothEnds, FromEmpty, FromSnapshot, OtherWays

# What another hand should have made: an undefined table, object, schema or function.
_MISSING = frozenset({"42P01", "42704", "3F000", "42883"})


@check(
    "U1",
    "upgrades from empty",
    why="a new environment, a test database and a new colleague all start from empty; a history "
    "that cannot run there has to be replaced by a dump or by create_all.",
    cure="Mend the revision if nobody has applied it; otherwise declare the history not "
    "replayable and start environments from the snapshot.",
    source="Alembic manual, Tutorial: Running our First Migration",
    needs=(FromEmpty,),
    uses=(OtherWays,),
    blocks=True,
)
def from_empty(scene: Evidence) -> Iterator[Finding]:
    """`alembic upgrade heads` brings an empty database to head."""
    found = scene.fact(FromEmpty)
    walked = found.walked
    yield from _ended_at_head(scene, walked, "from an empty database")
    if walked.failure is not None:
        yield _failed(
            walked.failure,
            "the history cannot be built from empty: ",
            do=_way_from_empty(scene, walked.failure),
            other=_made_before(found.made_before) + _other_mode(scene, Start.EMPTY),
        )


@check(
    "U2",
    "upgrades from production's schema",
    why="this is what the next deploy will run; it stops there as it stopped here.",
    cure="Mend the revision: production was built step by step and differs from a fresh "
    "database.  Where it needs rows that earlier revisions wrote, let the snapshot carry them: "
    "declare their tables as `reference_tables`.",
    source="seen in public histories: half of 26 cannot be built from empty, so that production's "
    "schema is not the one that their migrations describe",
    needs=(FromSnapshot,),
    uses=(MissingRows, OtherWays),
    blocks=True,
)
def from_snapshot(scene: Evidence) -> Iterator[Finding]:
    """Every pending revision runs on production's schema and ends at head."""
    walked = scene.fact(FromSnapshot).walked
    yield from _ended_at_head(scene, walked, "from the snapshot")
    missing: MissingRows | None = scene.facts.get(MissingRows)
    if walked.failure is not None and missing is not None and missing.tables:
        yield _lacks_rows(scene, walked.failure, missing)
    elif walked.failure is not None:
        yield _failed(
            walked.failure,
            "on production's schema ",
            do=f"rehearsal run --keep{scene.config_option}   (keeps the database for a look)",
            other=_other_mode(scene, Start.SNAPSHOT),
        )


@check(
    "U3",
    "both ways end in one schema",
    why="tests and new environments run on one schema and production on another.",
    cure="Write an introspection-based revision that brings both to the same schema.",
    source="both schemas as PostgreSQL's catalogs have them; column order does not count",
    needs=(BothEnds,),
    whole=True,
)
def same_schema(scene: Evidence) -> Iterator[Finding]:
    """A database built from empty and one upgraded from the snapshot have the same schema."""
    snapshot = scene.snapshot
    for difference in scene.fact(BothEnds).differences:
        yield Finding(
            path=snapshot.path if snapshot else scene.history.location,
            object=f"{difference.kind} {difference.name}",
            what=f"{difference.text}, when upgraded from production instead of built from empty.",
            do=f"{scene.alembic} revision -m 'reconcile production'   (look before you change)",
        )


@check(
    "U4",
    "models equal the migrated schema",
    why="the application expects one schema and the migrations build another; the next "
    "autogenerate would bring the difference along.",
    cure="Write the missing migration, or bring the model back to what is deployed.",
    source="Alembic manual, Auto Generating Migrations; alembic check",
    needs=(AgainstModels,),
    whole=True,
)
def models_equal(scene: Evidence) -> Iterator[Finding]:
    """Alembic's comparison, with the project's own options, finds nothing to generate."""
    compared = scene.fact(AgainstModels)
    if compared.failure is not None:
        yield _failed(
            compared.failure, "the models cannot be compared: ", do=f"{scene.alembic} check"
        )
    for each in compared.differences:
        yield Finding(
            path=scene.history.location / "env.py",
            object=each.object,
            group=each.kind,
            what=each.text,
            do=f"rehearsal migrate{scene.config_option}   (a database at head)\n"
            f"rehearsal env{scene.config_option}   (writes its URL to .env)\n"
            f"{scene.alembic} revision --autogenerate -m 'what is missing'",
        )


def _lacks_rows(scene: Evidence, failure: Failure, missing: MissingRows) -> Finding:
    """The snapshot is to blame, and not the migration."""
    provenance = scene.fact(SnapshotRead).snapshot.provenance
    tables = dict.fromkeys((*provenance.reference_tables, *missing.tables))
    listed = ", ".join(f'"{name}"' for name in tables)
    return Finding(
        path=scene.fact(SnapshotRead).snapshot.path,
        revision=missing.revision,
        what=f"{missing.revision} fails on the snapshot because the rows that "
        f"{', '.join(missing.writers)} wrote to {', '.join(missing.tables)} are missing there; "
        f"with them it works.\nwithout: {failure.full_message}",
        why="a snapshot is schema alone: what a revision does with rows that others wrote can be "
        "judged only where they are.",
        do=f"reference_tables = [{listed}]   (in [tool.rehearsal])\n"
        f"rehearsal snapshot take --from URL{scene.config_option}",
    )


def _made_before(names: Sequence[str]) -> str:
    """What was there before the first revision, and who has made it."""
    if not names:
        return ""
    return (
        f"\nbefore the first revision env.py, or what it imports, has made {first_few(names)}: "
        "a `create_all` that runs on import, most likely"
    )


def _way_from_empty(scene: Evidence, failure: Failure) -> str:
    """What nobody has applied can be mended; what production has can only be declared."""
    declared = (
        '\nbootstrap = "schema.sql" in [tool.rehearsal]   (a file or a command, where something '
        "else makes what it expects)"
        if failure.sqlstate in _MISSING
        else ""
    )
    revision = failure.revision
    if scene.is_pending(revision):
        mend = f"mend {revision or 'env.py'}, then: rehearsal run{scene.config_option}"
        return mend + declared
    return (
        f"rehearsal-init --from-snapshot{scene.config_option}   "
        "(a fresh environment all the same)\n"
        "replayable = false in [tool.rehearsal]   (to declare it)" + declared
    )


def _ended_at_head(scene: Evidence, walked: UpgradeRun, start: str) -> Iterator[Finding]:
    history = scene.history
    if walked.failure is None and not history.is_at_head(walked.heads):
        yield Finding(
            path=history.location / "env.py",
            what=f"the upgrade {start} succeeded, yet the version table holds "
            f"{', '.join(walked.heads) or 'nothing'} instead of {', '.join(history.heads)}.",
            do="connection.commit()   (in env.py, where it makes none)\n"
            "context.run_migrations()   (in env.py, where it does not come to that)",
        )


def _failed(failure: Failure, lead: str, *, do: str, other: str = "") -> Finding:
    return Finding(
        path=failure.path,
        line=failure.line,
        revision=failure.revision,
        what=f"{lead}{failure.failed_step}{failure.full_message}{other}",
        do=do,
    )


def _other_mode(scene: Evidence, start: Start) -> str:
    """The modes in which the same upgrade works, where any does."""
    ways = scene.fact(OtherWays).ways if OtherWays in scene.facts else ()
    modes = [
        str(each.mode)
        for each in ways
        if each.start is start
        and each.walked.failure is None
        and scene.history.is_at_head(each.walked.heads)
    ]
    return f"\nthe same upgrade works with {'; or with '.join(modes)}" if modes else ""


CHECKS = (from_empty, from_snapshot, same_schema, models_equal)
