"""Snapshot files: written and read back the same, and refused when they are not whole."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alembic_rehearsal.core.values.databases import ServerNeeds
from alembic_rehearsal.core.values.errors import (
    RehearsalError,
    SnapshotUnreadable,
    ToolFailed,
    UsageError,
)
from alembic_rehearsal.snapshot.files import (
    COMPLETE,
    digest,
    read_snapshot,
    server_needs,
    write_snapshot,
)
from alembic_rehearsal.snapshot.provenance import provenance_path
from alembic_rehearsal.snapshot.values import Provenance, Snapshot, TableSize
from support.snapshots import production

NAME = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=20)
SIZE = st.builds(TableSize, st.integers(0, 2**62), st.integers(0, 2**62))
PROVENANCE = st.builds(
    Provenance,
    revisions=st.lists(NAME, max_size=3).map(tuple),
    server_version=st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,2})?", fullmatch=True),
    encoding=NAME,
    collation=NAME,
    time_zone=NAME,
    extensions=st.dictionaries(NAME, NAME, max_size=3),
    tables=st.dictionaries(NAME, SIZE, max_size=3),
    version_table=NAME,
    sha256=st.just(""),
    taken_at=NAME,
    taken_with=NAME,
)


@given(PROVENANCE, NAME)
def test_a_written_snapshot_is_read_back_the_same(
    tmp_path_factory: pytest.TempPathFactory, provenance: Provenance, sql: str
) -> None:
    text = f"{sql}\n{COMPLETE}\n"
    path = tmp_path_factory.mktemp("snapshot") / "production.sql"
    snapshot = Snapshot(path, text, replace(provenance, sha256=digest(text)))
    write_snapshot(snapshot)
    assert read_snapshot(path) == snapshot


def test_only_the_two_files_are_written(tmp_path: Path) -> None:
    path = production(tmp_path).path
    assert path.parent == tmp_path / "snapshots"
    assert sorted(each.name for each in path.parent.iterdir()) == [
        "production.sql",
        "production.toml",
    ]
    assert provenance_path(path).name == "production.toml"


def test_writing_the_same_snapshot_again_gives_the_same_bytes(tmp_path: Path) -> None:
    path = production(tmp_path).path
    before = path.read_bytes(), provenance_path(path).read_bytes()
    production(tmp_path)
    assert (path.read_bytes(), provenance_path(path).read_bytes()) == before


def moved(snapshot: Snapshot, name: str) -> Snapshot:
    """The snapshot under another name: so long that its .part files have no room."""
    path = snapshot.path.rename(snapshot.path.with_name(name))
    provenance_path(snapshot.path).rename(provenance_path(path))
    return replace(snapshot, path=path)


def test_a_snapshot_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    old = production(tmp_path)
    old = moved(old, f"{'p' * 245}.sql")
    with pytest.raises(OSError, match=r"\.sql\.\w+\.part"):
        write_snapshot(replace(old, sql="CREATE TABLE other (id int);"))
    assert read_snapshot(old.path) == old


def test_a_provenance_that_cannot_be_written_leaves_both_old_files(tmp_path: Path) -> None:
    old = production(tmp_path)
    old = moved(old, f"{'p' * 235}.q")  # room for .q.123456123456.part, and not for .toml's
    with pytest.raises(OSError, match=r"\.toml\.\w+\.part"):
        write_snapshot(replace(old, sql="CREATE TABLE other (id int);"))
    assert read_snapshot(old.path) == old
    assert not list((tmp_path / "snapshots").glob("*.part"))


def test_a_provenance_that_would_not_read_back_leaves_both_old_files(tmp_path: Path) -> None:
    old = production(tmp_path)
    broken = replace(old.provenance, tables={"public.t": TableSize(1, None)})  # type: ignore[arg-type]
    with pytest.raises(ToolFailed, match="does not read back"):
        write_snapshot(replace(old, provenance=broken))
    assert read_snapshot(old.path) == old
    assert not list((tmp_path / "snapshots").glob("*.part"))


def test_eight_writers_at_once_leave_a_matching_pair(tmp_path: Path) -> None:
    old = production(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write_snapshot, [old] * 200))
    assert read_snapshot(old.path) == old
    assert not list((tmp_path / "snapshots").glob("*.part"))


@pytest.mark.parametrize(
    "rows",
    [
        "COPY public.customers (id) FROM stdin;\n1\n\\.",
        "INSERT INTO public.customers VALUES (1);",
        "COMMENT ON TABLE t IS 'it''s';\nINSERT INTO t VALUES (1);",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $_$ SELECT $1 $_$;\n"
        "INSERT INTO t VALUES (1);",
    ],
)
def test_a_dump_with_rows_is_refused_with_the_line_of_the_first(tmp_path: Path, rows: str) -> None:
    path = production(tmp_path, rows).path
    first = next(
        number
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if line.startswith(("COPY", "INSERT"))
    )
    with pytest.raises(SnapshotUnreadable) as caught:
        read_snapshot(path)
    assert caught.value.what.startswith(f"{path}:{first} carries rows")


@pytest.mark.parametrize(
    "schema",
    [
        "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$\nINSERT INTO t VALUES (1);\n$$;",
        "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $_$\nBEGIN\n"
        "COPY t FROM stdin;\nINSERT INTO t VALUES ($1);\nEND $_$;",
        "CREATE FUNCTION f() RETURNS void LANGUAGE sql\n    BEGIN ATOMIC\n"
        " INSERT INTO public.t (id)\n   VALUES (1);\nEND;",
        "CREATE RULE r AS\n    ON INSERT TO v DO INSTEAD  INSERT INTO public.t (id)\n"
        "  VALUES (new.id);",
        "COMMENT ON TABLE t IS 'load it with\nINSERT INTO t VALUES (''x'');';",
        "COMMENT ON TABLE t IS E'it\\'s\nINSERT INTO t VALUES (1);';",
        'CREATE TABLE "a\nINSERT INTO b" (id integer);',
        "--\n-- Name: $$; Type: TABLE\n--\n/* 'a\nINSERT INTO b */",
    ],
)
def test_what_only_looks_like_rows_is_schema(tmp_path: Path, schema: str) -> None:
    snapshot = production(tmp_path, schema)
    assert read_snapshot(snapshot.path) == snapshot


def truncate(path: Path) -> None:
    path.write_text(path.read_text()[:-40])


def edit(path: Path) -> None:
    path.write_text(path.read_text().replace("integer", "bigint"))


def turn_into_bytes(path: Path) -> None:
    path.write_bytes(b"PGDMP\xff\xfe")


def empty(path: Path) -> None:
    path.write_text("")


def change_line_ends(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (truncate, "is not a whole pg_dump"),
        (empty, "is not a whole pg_dump"),
        (edit, "is not the file that production.toml describes"),
        (change_line_ends, "is not the file that production.toml describes"),
        (turn_into_bytes, "is not UTF-8 text"),
    ],
)
def test_a_damaged_dump_is_unreadable(
    tmp_path: Path, damage: Callable[[Path], None], message: str
) -> None:
    path = production(tmp_path).path
    damage(path)
    with pytest.raises(SnapshotUnreadable) as caught:
        read_snapshot(path)
    assert f"{path} {message}" in caught.value.what
    assert caught.value.remedies[0].startswith("rehearsal snapshot take --from URL")
    assert caught.value.exit_code == 3


@pytest.mark.parametrize("missing", ["production.sql", "production.toml"])
def test_a_missing_file_is_a_usage_error_that_names_it(tmp_path: Path, missing: str) -> None:
    path = production(tmp_path).path
    (path.parent / missing).unlink()
    with pytest.raises(UsageError) as caught:
        read_snapshot(path)
    assert caught.value.what.endswith(f" {path.parent / missing} does not exist.")
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("revisions = [", "TOMLDecodeError"),
        ("", "revisions"),
        ("revisions = 3", "TypeError"),
        ('revisions = ["a1"]\n', "server_version"),
    ],
)
def test_another_file_is_no_provenance(tmp_path: Path, text: str, message: str) -> None:
    path = production(tmp_path).path
    provenance_path(path).write_text(text)
    with pytest.raises(SnapshotUnreadable) as caught:
        read_snapshot(path)
    assert f"{provenance_path(path)} is not a snapshot's provenance" in caught.value.what
    assert message in caught.value.what


@pytest.mark.parametrize(
    ("line", "other"),
    [
        ("[tables]", 'tables = "none"'),
        ("[tables]", '[tables]\n"public.t" = { rows = 1 }'),
        ("[extensions]", "extensions = 1"),
        ('revisions = ["a1"]', 'revisions = "a1"'),
        ('server_version = "15.3"', 'server_version = "fifteen"'),
    ],
)
def test_a_provenance_with_values_of_another_kind_is_unreadable(
    tmp_path: Path, line: str, other: str
) -> None:
    path = production(tmp_path).path
    text = provenance_path(path).read_text()
    assert line in text
    provenance_path(path).write_text(text.replace(line, other))
    with pytest.raises(SnapshotUnreadable):
        read_snapshot(path)


def test_a_server_needs_productions_major_and_extensions(tmp_path: Path) -> None:
    snapshot = production(tmp_path, server_version="16.4", extensions=("plpgsql", "citext"))
    assert snapshot.needs == ServerNeeds(16, ("citext",))
    assert server_needs(None, snapshot) == ServerNeeds(16, ("citext",))


def test_the_major_in_the_settings_has_priority_over_the_snapshots(tmp_path: Path) -> None:
    snapshot = production(tmp_path, server_version="16.4", extensions=("citext",))
    assert server_needs(18, snapshot) == ServerNeeds(18, ("citext",))
    assert server_needs(17, None) == ServerNeeds(17)
    assert server_needs(None, None) == ServerNeeds()


def test_every_error_is_one_of_the_librarys(tmp_path: Path) -> None:
    (tmp_path / "production.sql").mkdir()
    with pytest.raises(RehearsalError):
        read_snapshot(tmp_path / "production.sql")
