"""`rehearsal snapshot verify`: restore a snapshot, and compare the result.

It is compared with a running database if one is given, which is only read; otherwise with itself,
dumped and restored a second time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from alembic_rehearsal.core.postgres.connections import connect
from alembic_rehearsal.core.postgres.databases import DatabaseMaker, database_maker
from alembic_rehearsal.core.postgres.servers.by_url import database_from_url
from alembic_rehearsal.core.postgres.servers.throwaway import throwaway_server
from alembic_rehearsal.core.schema.compare import compare
from alembic_rehearsal.core.schema.difference import Change, Difference
from alembic_rehearsal.core.schema.picture import Picture
from alembic_rehearsal.core.schema.read import read_database_picture
from alembic_rehearsal.core.schema.version_table import SEEDED_BY, find_version_tables
from alembic_rehearsal.core.settings.values import Settings
from alembic_rehearsal.core.values.databases import Database, Server
from alembic_rehearsal.core.values.errors import DifferentMajors
from alembic_rehearsal.core.values.phrases import revisions_text
from alembic_rehearsal.snapshot.dump_text import sections
from alembic_rehearsal.snapshot.files import read_snapshot, server_needs, split_rows
from alembic_rehearsal.snapshot.from_database import read_live_snapshot
from alembic_rehearsal.snapshot.pg_dump import dump_schema, pg_dump_version
from alembic_rehearsal.snapshot.restore import restore
from alembic_rehearsal.snapshot.values import Provenance, Snapshot, Verification

# What no snapshot carries: production's connections to other servers, and the versions and
# comments of extensions, which depend on the server that the snapshot is restored on.
_LEFT_OUT_KINDS = frozenset({"publication", "subscription"})
_LEFT_OUT_ATTRIBUTES = frozenset(
    {("user mapping", "options"), ("extension", "version"), ("extension", "comment")}
)


def verify_snapshot(
    path: Path, settings: Settings, *, against: str = "", tell: Callable[[str], None]
) -> Verification:
    """Restore a snapshot on a throwaway server, and compare its picture.

    `against` is the URL of the database that it should be a snapshot of, "" for none.

    Raises what `read_snapshot`, `restore` and `read_live_snapshot` raise, and `DifferentMajors`
    if no server of that database's major is available.
    """
    snapshot = read_snapshot(path)
    production = database_from_url(against) if against else None
    if production is not None:
        tell(f"reading {production.masked} (PostgreSQL {production.server.version})")
    needs = server_needs(production.server.major if production else settings.postgres, snapshot)
    with (
        throwaway_server(
            settings.server, needs, disposable=settings.disposable, tell=tell
        ) as server,
        database_maker(server) as make,
    ):
        tell(f"restoring {path} on PostgreSQL {server.version} ({server.origin})")
        restorer = _Restorer(server, make)
        title = f"PostgreSQL {server.version} ({server.origin})"
        found = Verification(str(path), title, 0, note="" if production else server.note)
        if production is not None:
            return _compare_with_database(production, snapshot, restorer, found)
        return _compare_with_itself(snapshot, restorer, found)


@dataclass(frozen=True, slots=True)
class _Restorer:
    """Restores snapshots on one server, each into a new database."""

    server: Server
    make: DatabaseMaker

    def __call__(self, snapshot: Snapshot) -> Database:
        database = self.make("verify")
        restore(snapshot, database, make_roles=self.server.ours)
        return database


def _compare_with_itself(
    snapshot: Snapshot, restorer: _Restorer, found: Verification
) -> Verification:
    first = restorer(snapshot)
    text = dump_schema(first)
    picture = read_database_picture(first)
    second = restorer(replace(snapshot, sql=text))
    differences = compare(picture, read_database_picture(second))
    same_writer = _has_same_pg_dump(snapshot.provenance, restorer.server)
    rewritten = (
        tuple(_rewritten_objects(split_rows(snapshot.sql)[0], text)) if same_writer else None
    )
    return replace(_add_differences(found, picture, differences), rewritten=rewritten)


def _compare_with_database(
    production: Database, snapshot: Snapshot, restorer: _Restorer, found: Verification
) -> Verification:
    if production.server.major != restorer.server.major:
        raise DifferentMajors(
            f"{production.masked} is PostgreSQL {production.server.major}, and available here is "
            f"{restorer.server.major} ({restorer.server.origin}).",
            why="each major prints definitions differently.",
            remedies=(
                "rehearsal snapshot verify --server docker --against ...   (has every major)",
                "rehearsal snapshot verify   (without --against: only the snapshot)",
            ),
        )
    live = read_live_snapshot(
        production,
        snapshot.path,
        reference_tables=snapshot.provenance.reference_tables,
        version_table=_version_table_in(snapshot.provenance, production),
    )
    now = read_database_picture(restorer(live))
    then = now if live.sql == snapshot.sql else read_database_picture(restorer(snapshot))
    original = read_database_picture(production)
    return replace(
        _add_differences(found, original, compare(original, now)),
        against=production.masked,
        changed=compare(then, now),
        other_changes=tuple(_other_changes(snapshot, live)),
    )


def _version_table_in(provenance: Provenance, production: Database) -> str:
    """The snapshot's version table if the running database has it, else ""."""
    with connect(production, read_only=True) as connection:
        return find_version_tables(connection).named(provenance.version_table) or ""


def _add_differences(
    found: Verification, picture: Picture, differences: Iterable[Difference]
) -> Verification:
    """The result with these differences, sorted into lost, left out and unread ones."""
    lost, left_out, unread = [], [], []
    for each in differences:
        if each.change is Change.UNREAD:
            unread.append(each)
        elif (
            each.kind in _LEFT_OUT_KINDS
            or (each.kind, each.attribute) in _LEFT_OUT_ATTRIBUTES
            or _is_seed_mark(each)
        ):
            left_out.append(each)
        else:
            lost.append(each)
    return replace(
        found,
        objects=len(picture.objects),
        lost=tuple(lost),
        left_out=tuple(left_out),
        unread=tuple(unread),
    )


def _is_seed_mark(difference: Difference) -> bool:
    """Whether only the seed's mark in the comment of the version table differs."""
    before, _, last = difference.first.rpartition("\n")
    return (
        (difference.kind, difference.attribute) == ("table", "comment")
        and last.startswith(SEEDED_BY)
        and before == difference.second
    )


def _other_changes(snapshot: Snapshot, live: Snapshot) -> Iterator[str]:
    """What production has changed besides its schema, as sentences."""
    then, now = snapshot.provenance, live.provenance
    if then.revisions != now.revisions:
        yield f"it was at {_stamp_text(then)} and is at {_stamp_text(now)}"
    for name in sorted(then.extensions.keys() & now.extensions.keys()):
        before, after = then.extensions[name], now.extensions[name]
        if before != after:
            yield f"extension {name} had version {before} and has {after}"
    if split_rows(snapshot.sql)[1] != split_rows(live.sql)[1]:
        yield "the rows of the reference tables have changed"


def _stamp_text(provenance: Provenance) -> str:
    return revisions_text(provenance.revisions)


def _has_same_pg_dump(provenance: Provenance, server: Server) -> bool:
    """Whether the texts can be compared: pg_dump and server have the same majors as then."""
    major = int(provenance.server_version.split(".")[0])
    writer = pg_dump_version(server.major).split(".")[0]
    return major == server.major and provenance.taken_with.split(".")[0] == writer


def _rewritten_objects(before: str, after: str) -> Iterator[str]:
    """The objects whose text differs, or "the order of objects" if nothing else does."""
    if before == after:
        return
    then = {(each.kind, each.schema, each.name): each.text for each in sections(before)}
    now = {(each.kind, each.schema, each.name): each.text for each in sections(after)}
    changed = [key for key in {**then, **now} if then.get(key) != now.get(key)]
    yield from (f"{kind.lower()} {name}" for kind, _, name in changed)
    if not changed:
        yield "the order of objects"
