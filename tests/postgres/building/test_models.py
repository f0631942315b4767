"""The schema of the models, compared with that of the migrations."""

from __future__ import annotations

from pathlib import Path

from alembic_rehearsal.core.values.databases import Server
from alembic_rehearsal.rehearsal.experiments.models import (
    METADATA_COMPARISON,
    MODEL_SCHEMA_COMPARISON,
)
from alembic_rehearsal.rehearsal.facts.evidence import Evidence
from alembic_rehearsal.rehearsal.facts.models import ModelSchemaComparison
from support.experiments import WAYS_UP, found, run_on_project
from support.projects import ENV_PY, rev, write_project

WITH_MODELS = ENV_PY.replace("target_metadata = None", "from app.models import metadata").replace(
    "target_metadata=target_metadata", "target_metadata=metadata"
)
HEAD = """\
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

metadata = sa.MetaData()
"""
MODELS = """
sa.Table(
    "users", metadata,
    sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
    sa.Column("mood", sa.Enum("good", "bad", "new", name="mood"), server_default="good"),
    sa.Column("email", sa.String(80, collation="C"), nullable=False),
    sa.Column("boss", sa.ForeignKey("users.id", name="boss_exists", deferrable=True)),
    sa.Column("age", sa.Integer, server_default="1"),
    sa.Column("since", sa.DateTime(timezone=True), server_default=sa.text("CURRENT_TIMESTAMP")),
    sa.Column("big", sa.BigInteger, server_default="0"),
    sa.Column("twice", sa.Integer, sa.Computed("age * 2")),
    sa.CheckConstraint("age > 18", name="grown_up"),
    sa.CheckConstraint("email <> ''", name="has_email"),
    sa.CheckConstraint("mood IN ('good', 'bad')"),
    sa.Index("by_email", "email", postgresql_ops={"email": "text_pattern_ops"}),
    sa.Index("by_age", "age", postgresql_where=sa.text("age > 3")),
    sa.Index("by_mood", "mood", postgresql_using="hash"),
)
"""
MIGRATED = """
CREATE TYPE mood AS ENUM ('bad', 'good', 'old');
CREATE TABLE users (
    id serial PRIMARY KEY,
    mood mood DEFAULT 'good',
    email varchar(80) NOT NULL,
    boss int CONSTRAINT boss_exists REFERENCES users,
    age int DEFAULT 2,
    twice int,
    big bigint DEFAULT 0,
    since timestamptz DEFAULT now(),
    CONSTRAINT grown_up CHECK (age > 17),
    CONSTRAINT of_the_database CHECK (age < 200),
    CONSTRAINT another_name CHECK (mood IN ('good', 'bad'))
);
CREATE INDEX by_email ON users (email);
CREATE INDEX by_age ON users (age) WHERE age > 2;
CREATE INDEX by_mood ON users (mood);
"""
INEXPRESSIBLE = """
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION f();
CREATE VIEW v AS SELECT id FROM users;
CREATE MATERIALIZED VIEW m AS SELECT id FROM users;
CREATE INDEX on_m ON m (id);
CREATE RULE r AS ON DELETE TO users DO ALSO NOTIFY gone;
CREATE STATISTICS s ON age, big FROM users;
CREATE SEQUENCE loose;
CREATE DOMAIN unused AS int CHECK (VALUE > 0);
CREATE TYPE leftover AS ENUM ('a');
CREATE TYPE pair AS (a int, b int);
CREATE CAST (pair AS text) WITH INOUT;
CREATE PUBLICATION p FOR TABLE users;
CREATE SCHEMA elsewhere CREATE TABLE logged (id int);
CREATE TABLE part (id int) PARTITION BY RANGE (id);
CREATE TABLE part1 PARTITION OF part FOR VALUES FROM (1) TO (2);
CREATE INDEX ON part1 (id);
ALTER TABLE users ENABLE ROW LEVEL SECURITY, ALTER email SET STORAGE EXTERNAL;
CREATE POLICY q ON users USING (true);
GRANT SELECT ON users TO PUBLIC;
"""
PARTITIONED = """
sa.Table("part", metadata, sa.Column("id", sa.Integer), postgresql_partition_by="RANGE (id)")
"""


def built(
    folder: Path, server: Server, models: str, migrated: str, env_py: str = WITH_MODELS
) -> Evidence:
    project = write_project(
        folder,
        [rev("a1", f"op.execute({migrated!r})")],
        env_py=env_py,
        ini="prepend_sys_path = .",
        files={"app/__init__.py": "", "app/models.py": HEAD + models},
    )
    return run_on_project(
        project, server, *WAYS_UP, METADATA_COMPARISON, MODEL_SCHEMA_COMPARISON
    ).evidence


def texts(evidence: Evidence) -> dict[str, str]:
    """The text of each difference, by kind, name and attribute."""
    return {
        f"{each.kind} {each.name} {each.attribute}".strip(): each.text
        for each in evidence.fact(ModelSchemaComparison).differences
    }


def test_what_alembics_comparison_does_not_see_is_found(tmp_path: Path, server: Server) -> None:
    evidence = built(tmp_path, server, MODELS + PARTITIONED, MIGRATED + INEXPRESSIBLE)
    found_texts = texts(evidence)
    assert set(found_texts) == {
        "column public.users.age default",
        "column public.users.email collation",
        "column public.users.id default",
        "column public.users.id identity",
        "column public.users.id settings of its sequence",
        "column public.users.twice generated",
        "constraint public.users.boss_exists definition",
        "constraint public.users.grown_up definition",
        "constraint public.users.has_email",
        "constraint public.users.of_the_database",
        "enum public.mood order of values",
        "enum public.mood value",
        "index public.by_age predicate",
        "index public.by_email definition",
        "index public.by_mood definition",
    }
    findings = {each.object: each.what for each in found("U5", evidence)}
    assert findings["constraint public.users.has_email"] == (
        "constraints in models alone: public.users.has_email CHECK (((email)::text <> ''::text))."
    )
    assert findings["index public.by_age"] == (
        "predicate of indexes: public.by_age is WHERE (age > 2) in the database, "
        "WHERE (age > 3) in models."
    )
    assert findings["value of enums"] == (
        "2 x value of enums: public.mood has 'old' in the database, not in models; "
        "public.mood has 'new' after 'bad' in models, not in the database."
    )


def test_what_alembic_reports_is_not_reported_again(tmp_path: Path, server: Server) -> None:
    models = """
sa.Table(
    "t", metadata,
    sa.Column("id", sa.Integer, sa.ForeignKey("u.id", ondelete="CASCADE"), comment="ours"),
    sa.Column("name", sa.String(9), nullable=False, server_default="x"),
    sa.Column("more", sa.Text),
    sa.Index("by_name", "name", unique=True),
    sa.UniqueConstraint("name", name="one_name"),
    sa.Index("by_more", "more"),
)
sa.Table("u", metadata, sa.Column("id", sa.Integer, primary_key=True), comment="ours")
sa.Table("w", metadata, sa.Column("id", sa.Integer, primary_key=True))
"""
    migrated = """
CREATE TABLE u (id int PRIMARY KEY);
CREATE TABLE t (id int REFERENCES u, name varchar(8) DEFAULT 'y', old int);
CREATE INDEX by_name ON t (name);
CREATE INDEX by_old ON t (old);
"""
    env_py = WITH_MODELS.replace(
        "target_metadata=", "compare_server_default=True, target_metadata="
    )
    evidence = built(tmp_path, server, models, migrated, env_py)
    assert found("U4", evidence)
    # u.id is an int in the database and a serial in the models.
    assert {each.object for each in found("U5", evidence)} == {"column public.u.id"}


def test_objects_that_models_need_and_cannot_make_come_from_the_migrations(
    tmp_path: Path, server: Server
) -> None:
    models = """
class Code(sa.types.UserDefinedType):
    cache_ok = True
    def get_col_spec(self, **kw):
        return "code"

sa.Table(
    "t", metadata,
    sa.Column("id", sa.Integer, server_default=sa.text("nextval('shop.ids')")),
    sa.Column("mood", pg.ENUM("x", "y", name="mood", create_type=False)),
    sa.Column("kind", sa.Enum("a", "b", "c", name="kind")),
    sa.Column("code", Code(), server_default=sa.text("shop.make_code()")),
    schema="shop",
)
"""
    migrated = """
CREATE SCHEMA shop;
CREATE DOMAIN code AS text;
CREATE FUNCTION shop.make_code() RETURNS code LANGUAGE sql AS $$SELECT 'c'::code$$;
CREATE SEQUENCE shop.ids;
CREATE TYPE mood AS ENUM ('x', 'y');
CREATE TYPE shop.kind AS ENUM ('a', 'b');
CREATE TABLE shop.t (id int DEFAULT nextval('shop.ids'), mood mood, kind shop.kind,
    code code DEFAULT shop.make_code());
CREATE VIEW shop.v AS SELECT * FROM shop.t;
"""
    env_py = WITH_MODELS.replace("target_metadata=", "include_schemas=True, target_metadata=")
    models = models.replace('name="kind"', 'name="kind", schema="shop"')
    evidence = built(tmp_path, server, models, migrated, env_py)
    assert texts(evidence) == {"enum shop.kind value": "enum shop.kind gained value 'c' after 'b'"}


def test_models_that_cannot_be_built_are_not_judged(tmp_path: Path, server: Server) -> None:
    models = 'sa.Table("t", metadata, sa.Column("a", sa.Integer, server_default=sa.text("no()")))'
    evidence = built(tmp_path, server, models, "CREATE TABLE t (a int)")
    assert evidence.skipped[ModelSchemaComparison] == (
        "the models cannot be built: function no() does not exist"
    )


def test_what_the_projects_filters_exclude_is_not_compared(tmp_path: Path, server: Server) -> None:
    models = """
for name in ("kept", "named", "objected", "other.t"):
    schema, _, table = name.rpartition(".")
    sa.Table(
        table, metadata,
        sa.Column("a", sa.Integer, server_default="1"),
        sa.Column("hidden", sa.Integer, server_default="1"),
        sa.Index(f"by_{table}", "a", postgresql_where=sa.text("a > 1")),
        schema=schema or None,
    )
"""
    migrated = "CREATE SCHEMA other;" + "".join(
        f"CREATE TABLE {name} (a int, hidden int);"
        f"CREATE INDEX by_{name.rpartition('.')[2]} ON {name} (a);"
        for name in ("kept", "named", "objected", "other.t")
    )
    filters = """
def include_name(name, kind, parents):
    return not (kind == "table" and name == "named" or kind == "schema" and name == "other")

def include_object(item, name, kind, reflected, compare_to):
    return name not in ("objected", "hidden", "by_kept")

"""
    env_py = filters + WITH_MODELS.replace(
        "target_metadata=",
        "include_name=include_name, include_object=include_object, include_schemas=True, "
        "target_metadata=",
    )
    evidence = built(tmp_path, server, models, migrated, env_py)
    assert set(texts(evidence)) == {"column public.kept.a default"}


def test_without_models_nothing_is_built(tmp_path: Path, server: Server) -> None:
    evidence = built(tmp_path, server, "", "CREATE TABLE t (a int)", ENV_PY)
    assert evidence.skipped[ModelSchemaComparison] == "env.py gives Alembic no target_metadata"
