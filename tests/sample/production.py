"""The sample's production, built in the order of its history.

It is more than the migrations up to a revision: a table was created by hand with its columns
in another order, a column and an index were added by hand, and the last revision was run by
hand and stamped.
"""

from __future__ import annotations

import sqlalchemy as sa

from sample.commands import alembic

# The revision of production: six revisions are pending.
PRODUCTION_REVISION = "b85d21fc7ae3"

# March 2025: the tables of revision e2907b5fd8a4, by hand, before the revision was written.
# June 2025: somebody needs the time of the last login for a report.
BY_HAND_IN_2025 = """
CREATE TYPE contentplatform AS ENUM ('tiktok', 'youtube', 'instagram');
CREATE TABLE published_content (
    id serial CONSTRAINT pk_published_content PRIMARY KEY,
    platform contentplatform NOT NULL,
    url varchar(500) NOT NULL,
    title varchar(200) NOT NULL,
    user_id integer NOT NULL
        CONSTRAINT fk_published_content_user_id_users
        REFERENCES users (id) ON DELETE CASCADE,
    niche_id integer
        CONSTRAINT fk_published_content_niche_id_monitored_niches
        REFERENCES monitored_niches (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    published_at timestamptz,
    view_count integer NOT NULL DEFAULT 0,
    CONSTRAINT uq_published_content_platform_url UNIQUE (platform, url)
);
CREATE INDEX ix_published_content_user_id ON published_content (user_id);
CREATE INDEX ix_published_content_niche_id ON published_content (niche_id);
ALTER TABLE users ADD COLUMN last_login_at timestamptz;
"""

# Enough rows for the estimates of a snapshot to be useful.
ROWS = """
INSERT INTO users (email, hashed_password, full_name, last_login_at)
    SELECT 'user' || n || '@example.com', 'not a hash',
        CASE WHEN n % 5 > 0 THEN 'Name ' || n END,
        CASE WHEN n % 3 > 0 THEN timestamptz '2025-04-01 08:00+00' + n * interval '1 hour' END
    FROM generate_series(1, 800) AS n;
INSERT INTO monitored_niches (slug, title)
    SELECT 'niche-' || n, 'Niche ' || n FROM generate_series(1, 60) AS n;
INSERT INTO published_content (platform, url, title, user_id, niche_id, published_at)
    SELECT (ARRAY['tiktok', 'youtube', 'instagram'])[1 + n % 3]::contentplatform,
        'https://example.com/' || n, 'Post ' || n, 1 + n % 800, 1 + n % 60,
        CASE WHEN n % 4 > 0 THEN timestamptz '2025-04-02 12:00+00' + n * interval '10 minutes' END
    FROM generate_series(1, 4000) AS n;
"""

# An index against a slow query, and the value for the first studio subscription, sold early.
BY_HAND_SINCE = """
CREATE INDEX idx_content_recent ON published_content (published_at);
ALTER TYPE subscriptiontier ADD VALUE 'studio';
INSERT INTO credit_transactions (user_id, amount, kind)
    SELECT 1 + n % 800, 50, 'grant' FROM generate_series(1, 2400) AS n;
UPDATE user_credits SET balance = 150;
"""


def build_production(url: str) -> None:
    """Turn the empty PostgreSQL database at `url` into the sample's production."""
    alembic("upgrade", "a81f36c2d705", database_url=url)
    run_by_hand(url, BY_HAND_IN_2025 + ROWS + stamp("e2907b5fd8a4"))
    alembic("upgrade", "24c7e9b0d1f6", database_url=url)
    run_by_hand(url, BY_HAND_SINCE + stamp(PRODUCTION_REVISION) + "ANALYZE;")


def stamp(revision: str) -> str:
    """The SQL of `alembic stamp` on a database that is at one revision."""
    return f"UPDATE alembic_version SET version_num = '{revision}';"


def run_by_hand(url: str, sql: str) -> None:
    """Run `sql` as in psql: every statement is committed when it has ended."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        for statement in filter(None, map(str.strip, sql.split(";"))):
            connection.execute(sa.text(statement))
