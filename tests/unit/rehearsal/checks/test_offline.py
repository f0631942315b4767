"""Family U, offline, as pure functions."""

from __future__ import annotations

import pytest

from alembic_rehearsal.core.project.steps import Failure, WalkMode
from alembic_rehearsal.rehearsal.facts.offline import OfflineDivergence, OfflineSql
from alembic_rehearsal.rehearsal.facts.start import Start
from alembic_rehearsal.rehearsal.facts.upgrade import (
    OtherModeUpgrade,
    OtherModeUpgrades,
    UpgradeFromEmpty,
)
from alembic_rehearsal.rehearsal.judging.judge import judge
from support.evidence import evidence, history, revision, walked

LINE = history(revision("a1"), revision("b2", "a1"))
EXISTS = Failure('type "mood" already exists', "ProgrammingError", revision="b2")
ALONE = OtherModeUpgrades(
    (OtherModeUpgrade(Start.EMPTY, WalkMode.COMMAND_PER_MIGRATION, walked("a1", failure=EXISTS)),)
)


@pytest.mark.parametrize(("is_printed", "reported"), [(False, []), (True, ["b2"])])
def test_what_fails_as_a_command_of_its_own_is_u10s_unless_its_sql_fails(
    is_printed: bool, reported: list[str]
) -> None:
    divergence = OfflineDivergence(Start.EMPTY, "b2", EXISTS, is_printed)
    known = evidence(LINE, UpgradeFromEmpty(walked("b2")), OfflineSql((divergence,)), ALONE)
    found, _ = judge(known)
    assert [each.revision for each in found if each.code == "U7"] == reported
