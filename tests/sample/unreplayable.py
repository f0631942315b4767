"""The production of `examples/unreplayable/`: created by `create_all`, stamped, then migrated."""

from __future__ import annotations

from sample.commands import CHECKOUT, alembic
from sample.production import run_by_hand

UNREPLAYABLE = CHECKOUT / "examples" / "unreplayable"

# Production was stamped with this revision; on an empty database it fails.
INITIAL = "3a90d4f6b1e7"

# The revision of production: two revisions are pending.
UNREPLAYABLE_REVISION = "f27d60a3e8c4"

# The schema that `create_all` created from the models of February 2024.
CREATED_BY_THE_APPLICATION = """
CREATE TABLE customers (
    id serial PRIMARY KEY,
    email varchar(320) NOT NULL UNIQUE,
    name varchar(200) NOT NULL
);
CREATE TABLE orders (
    id serial PRIMARY KEY,
    customer_id integer NOT NULL REFERENCES customers (id),
    total numeric(12, 2) NOT NULL,
    placed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_orders_customer_id ON orders (customer_id);
"""

ROWS = """
INSERT INTO customers (email, name)
    SELECT 'customer' || n || '@example.com', 'Customer ' || n FROM generate_series(1, 300) AS n;
INSERT INTO orders (customer_id, total)
    SELECT 1 + n % 300, n / 100.0 FROM generate_series(1, 5000) AS n;
"""


def build_unreplayable_production(url: str) -> None:
    """Turn the empty PostgreSQL database at `url` into the example's production."""
    run_by_hand(url, CREATED_BY_THE_APPLICATION + ROWS)
    alembic("stamp", INITIAL, database_url=url, folder=UNREPLAYABLE)
    alembic("upgrade", UNREPLAYABLE_REVISION, database_url=url, folder=UNREPLAYABLE)
    run_by_hand(url, "ANALYZE")
