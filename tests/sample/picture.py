"""A schema as SQLAlchemy's inspector shows it, without the order of columns.

It uses no part of the library: the sample's tests do not test the library.
"""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa

Picture = dict[str, dict[str, str]]


def picture_of(url: str) -> Picture:
    """Tables, columns, constraints, indexes and enums, each as text under its name."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        inspector = sa.inspect(connection)
        tables = [name for name in inspector.get_table_names() if name != "alembic_version"]
        shown = {name: _table(inspector, name) for name in sorted(tables)}
        if engine.dialect.name == "postgresql":
            shown["enums"] = _enums(inspector)
            indexes = "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY (:tables)"
            rows = connection.execute(sa.text(indexes), {"tables": tables})
            shown["indexes"] = {row.indexname: row.indexdef for row in rows}
        return shown


def _table(inspector: sa.Inspector, name: str) -> dict[str, str]:
    columns = {f"column {each['name']}": _text(each) for each in inspector.get_columns(name)}
    items: list[tuple[str, list[Any]]] = [
        ("unique", inspector.get_unique_constraints(name)),
        ("foreign key", inspector.get_foreign_keys(name)),
        ("check", inspector.get_check_constraints(name)),
        ("index", inspector.get_indexes(name)),
    ]
    others = {f"{kind} {each['name']}": _text(each) for kind, all_ in items for each in all_}
    return {**columns, **others, "primary key": _text(inspector.get_pk_constraint(name))}


def _enums(inspector: sa.Inspector) -> dict[str, str]:
    enums: list[dict[str, Any]] = inspector.get_enums()  # type: ignore[attr-defined]
    return {each["name"]: ", ".join(each["labels"]) for each in enums}


def _text(item: Any) -> str:
    """The item's fields in a fixed order, without the addresses of Python objects."""
    return re.sub(r" object at 0x\w+", "", repr(sorted(item.items(), key=lambda pair: pair[0])))
