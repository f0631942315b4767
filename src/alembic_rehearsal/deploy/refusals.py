"""The refusals of a deploy: which database, what is wrong, what to type.

Pure; `plan.py` decides when to refuse.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from alembic_rehearsal.core.schema.object_hashes import Mismatch
from alembic_rehearsal.core.values.errors import Refused
from alembic_rehearsal.core.values.phrases import first_few, quantity, revisions_text
from alembic_rehearsal.deploy.state import Diagnosis, SchemaCheck
from alembic_rehearsal.identify.match import SchemaMatch

_SHOWN = 10  # objects of which each has a line


class RemedyOptions(Protocol):
    """The options that a remedy depends on."""

    @property
    def adopt(self) -> tuple[str, ...] | None: ...

    @property
    def config_option(self) -> str: ...


def unknown_revision_refusal(diagnosis: Diagnosis, where: str) -> Refused:
    """The code is older than the database."""
    return Refused(
        f"{where} is at {revisions_text(diagnosis.unknown_revisions)}, which the history does not "
        "contain; nothing was changed.",
        why="newer code, or another branch of it, migrated this database.",
        remedies=(
            "git fetch && git rebase main   (the revision may be on main)",
            "deploy the release that has it, or a newer one",
            "version_table = ...   (in the settings, if that is another project's)",
        ),
    )


def bootstrap_refusal(bootstrap: str, where: str, config_option: str) -> Refused:
    """The history does not start from an empty database."""
    return Refused(
        f"{where} has to get {bootstrap} before its first migration, and this command does not "
        "run that; nothing was changed.",
        why="the settings' bootstrap may be any program, with any rights.",
        remedies=(
            f"run {bootstrap} on it, then: rehearsal-init --adopt{config_option}",
            f"rehearsal-init --from-snapshot{config_option}",
        ),
    )


def drift_refusal(diagnosis: Diagnosis, options: RemedyOptions, where: str) -> Refused:
    """The schema is not the one that the stamped revision creates."""
    found = diagnosis.schema_check.mismatches
    stamp = revisions_text(diagnosis.inspection.revisions)
    return Refused(
        f"{where} is stamped with {stamp}, and its schema is not the one that this revision "
        f"creates: {quantity(len(found), 'object')}; nothing was changed.",
        why=_mismatch_lines(found),
        remedies=(
            f"rehearsal drift --against URL{options.config_option}   (what differs, in full)",
            f"rehearsal drift --against URL --fix database{options.config_option}   "
            "(writes a revision that repairs it)",
            f"rehearsal snapshot take --from URL{options.config_option} && rehearsal lock"
            f"{options.config_option}   (if production is to keep it)",
            f"rehearsal-init --allow-drift{options.config_option}   (upgrades it anyway)",
        ),
    )


def expect_adoptable(diagnosis: Diagnosis, options: RemedyOptions, where: str) -> None:
    """Raise `Refused` where a database without a revision cannot or must not be adopted."""
    schema = diagnosis.schema_check
    alike = schema.match.exact if schema.match else ()
    if schema.match is None:
        raise _unstamped_refusal(
            diagnosis, where, schema.why_not_compared, _identify_remedies(options)
        )
    if not alike:
        raise _no_match_refusal(diagnosis, options, where)
    if (objection := _objection(schema, schema.match, options)) is not None:
        raise _unstamped_refusal(diagnosis, where, *objection)


def _objection(
    schema: SchemaCheck, identified: SchemaMatch, options: RemedyOptions
) -> tuple[str, tuple[str, ...]] | None:
    """Why a schema that matches a revision is not stamped, and what to type; None if it is."""
    alike = " or of ".join(revisions_text(each.stamp) for each in identified.exact)
    command = f"rehearsal-init{options.config_option} --adopt"
    each_named = tuple(f"{command} {' '.join(each.stamp)}" for each in identified.exact)
    if options.adopt is None:
        return f"its schema is that of {alike}.", (f"{command}   (stamps it, and upgrades)",)
    if options.adopt:
        if any(set(each.stamp) == set(options.adopt) for each in identified.exact):
            return None
        return (
            f"--adopt says {revisions_text(options.adopt)}, and its schema is that of {alike}.",
            each_named,
        )
    if schema.stamp_choice is not None:
        return None
    unseen = (*schema.unread, *sorted(map(str, identified.unsure)))
    if unseen:
        return f"its schema may be that of {alike}; not compared: {first_few(unseen)}.", each_named
    return (
        f"its schema is that of {alike}: what lies between changes rows, and only you can know "
        "whether it was run.",
        each_named,
    )


def _unstamped_refusal(
    diagnosis: Diagnosis, where: str, why: str, remedies: tuple[str, ...]
) -> Refused:
    tables = diagnosis.inspection.tables
    return Refused(
        f"{where} holds {quantity(len(tables), 'table')} ({first_few(tables)}) and no revision; "
        "nothing was changed.",
        why=why,
        remedies=(
            *remedies,
            "another database: an empty one, or a name that does not exist yet",
        ),
    )


def _identify_remedies(options: RemedyOptions) -> tuple[str, ...]:
    return (
        f"rehearsal identify URL{options.config_option}   (at which revision it is)",
        "alembic stamp REVISION   (if that revision's schema is what is there)",
    )


def _no_match_refusal(diagnosis: Diagnosis, options: RemedyOptions, where: str) -> Refused:
    identified = diagnosis.schema_check.match
    assert identified is not None
    nearest = identified.nearest
    near = f" The nearest is {revisions_text(nearest.stamp)}:\n" if nearest else ""
    return _unstamped_refusal(
        diagnosis,
        where,
        f"its schema is that of no revision.{near}{_mismatch_lines(identified.mismatches)}",
        (f"rehearsal identify URL{options.config_option}   (what separates it, in full)",),
    )


def _mismatch_lines(found: Sequence[Mismatch]) -> str:
    return first_few([f"  {each.text}" for each in found], shown=_SHOWN, separator="\n")
