"""Which parts of a revision's source the hashes depend on."""

from __future__ import annotations

from pathlib import Path

import pytest

from alembic_rehearsal.core.history.source_hash import SourceHash, hash_source

PLAIN = '''\
"""Orders get a total."""

import sqlalchemy as sa
from alembic import op

revision = "b2"
down_revision = "a1"

PRECISION = 10


def upgrade() -> None:
    """Add it."""
    op.add_column("orders", sa.Column("total", sa.Numeric(PRECISION, 2)))
    op.execute(f"UPDATE orders SET total = {PRECISION:>3} WHERE note = 'it''s'")


def downgrade() -> None:
    op.drop_column("orders", "total")
'''


SORTED = "from alembic import op\nimport sqlalchemy as sa"


def hashes(folder: Path, source: str) -> SourceHash:
    path = folder / "revision.py"
    path.write_text(source)
    found = hash_source(path)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""Orders get a total."""', '"""Another doc."""'),
        ('    """Add it."""\n', ""),
        ("import sqlalchemy as sa\nfrom alembic import op", SORTED),
        ("import sqlalchemy as sa\n", "import sqlalchemy as sa\nfrom typing import Union\n"),
        ("def upgrade() -> None:", "def upgrade():"),
        ('"orders"', "'orders'"),
        ('op.drop_column("orders", "total")', 'op.drop_column("orders",  # all\n"total",\n)'),
        ('revision = "b2"', 'revision: str = "c3"'),
        ("PRECISION = 10", 'PRECISION = 10\nirreversible = True\ndata_loss = "the old totals"'),
        ('down_revision = "a1"', 'down_revision = None\nbranch_labels = None'),
    ],
)  # fmt: skip
def test_what_changes_no_hash(tmp_path: Path, old: str, new: str) -> None:
    assert old in PLAIN
    assert hashes(tmp_path, PLAIN.replace(old, new)) == hashes(tmp_path, PLAIN)


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        ("upgrade", "sa.Numeric", "sa.Float"),
        ("upgrade", ":>3", ":>4"),
        ("upgrade", "'it''s'", "'its'"),
        ("downgrade", '"total")\n', '"totals")\n'),
        ("rest", "PRECISION = 10", "PRECISION = 12"),
        ("rest", "import sqlalchemy as sa", "import sqlmodel as sa"),
    ],
)
def test_what_changes_a_hash_and_which(tmp_path: Path, part: str, old: str, new: str) -> None:
    position = PLAIN.rindex(old)
    edited = hashes(tmp_path, PLAIN[:position] + new + PLAIN[position + len(old) :])
    plain = hashes(tmp_path, PLAIN)
    differing = {
        name
        for name in ("upgrade", "downgrade", "rest")
        if getattr(edited, name) != getattr(plain, name)
    }
    assert differing == {part}


def test_every_python_gives_the_same_hashes(tmp_path: Path) -> None:
    """Written down once; seen the same on 3.11, 3.12 and 3.13 (2026-11)."""
    assert hashes(tmp_path, PLAIN) == SourceHash(
        "6ec21e6f8d678c54", "ba6e1bb1d453f17c", "e0bdecfe106a0b98"
    )


def test_a_file_that_cannot_be_parsed_has_no_hashes(tmp_path: Path) -> None:
    path = tmp_path / "revision.py"
    path.write_text("def upgrade(:\n")
    assert hash_source(path) is None
