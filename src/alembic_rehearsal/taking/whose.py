"""Whose revisions a database has: of several version tables, the one that is meant."""

from __future__ import annotations

import json
import shlex

from alembic_rehearsal.connecting import Connection
from alembic_rehearsal.errors import Usage
from alembic_rehearsal.picture import parts
from alembic_rehearsal.settings import did_you_mean
from alembic_rehearsal.stamps import find_version_tables


def version_table_of(connection: Connection, masked: str, named: str) -> str | None:
    """The version table called `named` ("" for the only one); None where there is none at all.

    Raises `Usage` where nothing has that name, and where none is named and there are several.
    """
    found = find_version_tables(connection)
    if named:
        return _called(named, found, masked)
    if len(found) > 1:
        raise Usage(
            f"{masked} has {len(found)} version tables: {', '.join(found)}.",
            why="several projects keep their revisions there, and only one of them is this one.",
            ways_out=_remedies(found[-1]),
        )
    return next(iter(found), None)


def _called(named: str, found: tuple[str, ...], masked: str) -> str:
    asked = parts(named)
    full = asked if len(asked) > 1 else ("public", *asked)
    for each in found:
        if parts(each) == full:
            return each
    raise Usage(
        f"{masked} has no version table {named}{did_you_mean(named, found)}.",
        why="a version table has one column, version_num.",
        ways_out=_remedies(found[0]) if found else (),
    )


def _remedies(table: str) -> tuple[str, str]:
    setting = f"version_table = {json.dumps(table, ensure_ascii=False)}"
    return (
        f"{setting}   (in the settings: the one that env.py means)",
        f"rehearsal snapshot take --version-table {shlex.quote(table)} ...   (this once)",
    )
