"""A snapshot and the result of verifying it, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from typing import Any

from alembic_rehearsal.core.schema.difference import Change, Difference
from alembic_rehearsal.core.values.phrases import quantity
from alembic_rehearsal.snapshot.values import (
    Provenance,
    Snapshot,
    Suspicion,
    TableSize,
    Verification,
)

SCHEMA_VERSION = 1
_BIGGEST = 10
_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB")
_ADVICE = "check these, and remove from production what does not belong in a repository"


# --- one snapshot ------------------------------------------------------------------------


def snapshot_text(snapshot: Snapshot, suspicions: tuple[Suspicion, ...]) -> str:
    """Its provenance, the biggest tables, and the places that may hold secrets."""
    known = snapshot.provenance
    rows = [
        ("snapshot", str(snapshot.path)),
        ("revision", f"{', '.join(known.revisions) or 'none'}   ({known.version_table})"),
        ("taken", f"{_time_text(known.taken_at)} by {known.taken_with}"),
        ("server", f"PostgreSQL {known.server_version}"),
        ("encoding", f"{known.encoding}, collation {known.collation}"),
        ("time zone", known.time_zone),
        ("extensions", _listed(f"{name} {of}" for name, of in sorted(known.extensions.items()))),
        ("roles", _listed(known.roles)),
        ("rows", _rows_text(known)),
        ("tables", _sizes_text(known)),
        ("sha256", known.sha256),
    ]
    lines = [f"{label:<12}{value}" for label, value in rows]
    lines += _biggest_tables(known)
    if suspicions:
        lines += ["", f"{quantity(len(suspicions), 'place')} may hold a secret; {_ADVICE}:"]
        lines += [f"  line {each.line}  {each}" for each in suspicions]
    return "\n".join(lines) + "\n"


def snapshot_json(snapshot: Snapshot, suspicions: tuple[Suspicion, ...]) -> str:
    """One object: `schema_version`, `path`, all of the provenance, `suspicions`."""
    content = {
        "schema_version": SCHEMA_VERSION,
        "path": str(snapshot.path),
        **asdict(snapshot.provenance),
        "suspicions": [asdict(each) for each in suspicions],
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _time_text(iso: str) -> str:
    return iso.replace("T", " ").replace("+00:00", " UTC")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"


def _rows_text(known: Provenance) -> str:
    declared = known.reference_tables
    return f"of {', '.join(declared)}, as reference_tables names them" if declared else "none"


def _sizes_text(known: Provenance) -> str:
    sizes = known.tables.values()
    rows, size = sum(each.rows for each in sizes), sum(each.bytes for each in sizes)
    return f"{len(known.tables)}; in production about {_number_text(rows)} rows, {_size_text(size)}"


def _biggest_tables(known: Provenance) -> Iterator[str]:
    def weight(table: tuple[str, TableSize]) -> tuple[int, int, str]:
        name, size = table
        return -size.bytes, -size.rows, name

    ranked = sorted(known.tables.items(), key=weight)
    width = max((len(name) for name, _ in ranked[:_BIGGEST]), default=0)
    for name, size in ranked[:_BIGGEST]:
        yield f"  {name:<{width}}  {_estimate_text(size.rows):>20}  {_size_text(size.bytes):>10}"
    if len(ranked) > _BIGGEST:
        yield f"  and {len(ranked) - _BIGGEST} smaller"


def _estimate_text(rows: int) -> str:
    """The planner's estimate of a table's rows; there is none before the first ANALYZE."""
    return f"about {_number_text(rows)} rows" if rows else "no estimate"


def _number_text(number: int) -> str:
    return f"{number:,}".replace(",", " ")


def _size_text(size: float) -> str:
    for unit in _UNITS:
        if size < 1024 or unit == _UNITS[-1]:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1024
    raise AssertionError("the last unit takes everything")


# --- the result of verifying it ----------------------------------------------------------


def verification_text(found: Verification) -> str:
    """The differences, grouped by what they mean, and a last line with the verdict."""
    parts = [
        _part_lines("did not survive dump and restore:", map(_lost_text, found.lost)),
        _part_lines("is written differently by pg_dump after a restore:", found.rewritten or ()),
        _part_lines("production has changed since it was taken:", _change_texts(found)),
        _part_lines("is in no snapshot, by design:", map(_left_out_text, found.left_out)),
        _part_lines("could not be compared:", _difference_texts(found.unread)),
    ]
    lines = [line for part in parts for line in part]
    if found.note:
        lines.append(found.note)
    return "\n".join([*lines, _verdict(found)]) + "\n"


def verification_json(found: Verification) -> str:
    """One object: `schema_version`, `holds`, and each kind of difference as a list."""
    content = {"schema_version": SCHEMA_VERSION, "holds": found.holds, **_verification_data(found)}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _verdict(found: Verification) -> str:
    with_what = found.against or "itself, dumped and restored a second time"
    compared = f"{found.path}, restored on {found.server}, against {with_what}"
    if found.holds:
        same = "" if found.rewritten is None else "; the text is the same to the byte"
        return f"{compared}: the same {quantity(found.objects, 'object')}{same}"
    lost = sum(each.real for each in found.lost) + len(found.rewritten or ())
    since = sum(each.real for each in found.changed) + len(found.other_changes)
    counts = [f"{lost} lost"] if lost else []
    counts += [f"{since} changed since   (rehearsal snapshot take --from URL)"] if since else []
    return f"{compared}: {', '.join(counts)}"


def _change_texts(found: Verification) -> list[str]:
    return [*found.other_changes, *_difference_texts(found.changed)]


def _difference_texts(differences: Iterable[Difference]) -> list[str]:
    return [each.text + ("" if each.real else "   (cosmetic)") for each in differences]


def _left_out_text(difference: Difference) -> str:
    if difference.change is Change.REMOVED:
        return f"{difference.kind} {difference.name}"
    return difference.text


def _lost_text(difference: Difference) -> str:
    """The difference, with the reason if pg_dump has one."""
    (text,) = _difference_texts([difference])
    if difference.kind == "index" and "invalid yes" in difference.first:
        return (
            f"{text}   (it is invalid; pg_dump leaves invalid indexes out: DROP INDEX, or REINDEX)"
        )
    return text


def _part_lines(title: str, lines: Iterable[str]) -> list[str]:
    listed = [f"  {line}" for line in lines]
    return [title, *listed, ""] if listed else []


def _verification_data(found: Verification) -> dict[str, Any]:
    return {
        "path": found.path,
        "restored_on": found.server,
        "against": found.against or None,
        "objects": found.objects,
        "lost": _differences_data(found.lost),
        "rewritten": None if found.rewritten is None else list(found.rewritten),
        "since": _differences_data(found.changed),
        "moved": list(found.other_changes),
        "left_out": _differences_data(found.left_out),
        "unread": _differences_data(found.unread),
    }


def _differences_data(differences: Iterable[Difference]) -> list[dict[str, Any]]:
    return [{"text": each.text, "real": each.real} for each in differences]


SNAPSHOT_FORMATS: dict[str, Callable[[Snapshot, tuple[Suspicion, ...]], str]] = {
    "text": snapshot_text,
    "json": snapshot_json,
}
VERIFICATION_FORMATS: dict[str, Callable[[Verification], str]] = {
    "text": verification_text,
    "json": verification_json,
}
