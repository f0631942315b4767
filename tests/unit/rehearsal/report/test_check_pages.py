"""The pages of the checks: made from their data, and in step with docs/checks."""

from __future__ import annotations

from pathlib import Path

import pytest

from alembic_rehearsal.rehearsal.checks.all_checks import CHECKS, find_check
from alembic_rehearsal.rehearsal.report.check_pages import page, pages

DOCS = Path(__file__).parents[4] / "docs" / "checks"
PAGES = pages(CHECKS)


def test_there_is_a_page_for_each_check_and_one_for_all() -> None:
    assert set(PAGES) == {"README.md", *(f"{each.code}.md" for each in CHECKS)}


@pytest.mark.parametrize("name", PAGES)
def test_the_page_in_the_repository_is_in_step(name: str) -> None:
    written = (DOCS / name).read_text(encoding="utf-8")
    assert written == PAGES[name], "rehearsal explain --to docs/checks   (writes them again)"


def test_no_other_page_is_left_over() -> None:
    assert {each.name for each in DOCS.iterdir()} == set(PAGES)


def test_a_page_says_everything_that_the_check_knows() -> None:
    check = find_check("D3")
    assert check is not None
    text = page(check)
    flat = " ".join(text.split())
    assert text.startswith("# D3: down and up again works\n")
    for each in (check.rule, check.remedy, check.source):
        assert " ".join(each.split()) in flat
    assert "rehearsal run --config examples/D3/bad/alembic.ini" in text


def test_the_list_links_every_page() -> None:
    for each in CHECKS:
        row = f"| [{each.code}]({each.code}.md) | {each.title} | {each.severity} |"
        assert row in PAGES["README.md"]
