"""Every check, and what turns facts into findings: pure, nothing here reaches out."""

from __future__ import annotations

from alembic_rehearsal.rehearsal.checks.catalogue import CHECKS, CODES, find_check
from alembic_rehearsal.rehearsal.judging.as_tests import (
    Item,
    Verdict,
    codes_of,
    items,
    named,
    told,
    verdict,
)
from alembic_rehearsal.rehearsal.judging.judge import judge, report_on
from alembic_rehearsal.rehearsal.judging.selection import choose, facts_for, leave_out, without
from alembic_rehearsal.rehearsal.judging.waivers import expect_known, expect_revisions

__all__ = [
    "CHECKS",
    "CODES",
    "Item",
    "Verdict",
    "choose",
    "codes_of",
    "expect_known",
    "expect_revisions",
    "facts_for",
    "find_check",
    "items",
    "judge",
    "leave_out",
    "named",
    "report_on",
    "told",
    "verdict",
    "without",
]
