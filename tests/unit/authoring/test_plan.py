"""The plan that turns one picture into another: steps, their order, the text of the revision."""

from __future__ import annotations

import ast

import pytest

from alembic_rehearsal.authoring.plan import plan_changes
from alembic_rehearsal.authoring.render import revision_text
from alembic_rehearsal.authoring.steps import without_refused_step
from alembic_rehearsal.core.schema.picture import Key, Picture, SchemaObject
from support.authoring import revision_source

TABLE = SchemaObject(Key("table", "public.t"), None, {})
ENUM = SchemaObject(Key("enum", "public.mood"), None, {"values": '["sad", "ok"]'})


def picture(*things: SchemaObject) -> Picture:
    return Picture(18, {each.key: each for each in things}, {})


def column(name: str, type: str = "integer", **attributes: str) -> SchemaObject:
    known = {"type": type, "position": "1", **attributes}
    return SchemaObject(Key("column", f"public.t.{name}"), TABLE.key, known)


def part(kind: str, name: str, definition: str) -> SchemaObject:
    return SchemaObject(Key(kind, f"public.t.{name}"), TABLE.key, {"definition": definition})


def view(name: str, definition: str, **attributes: str) -> SchemaObject:
    return SchemaObject(Key("view", name), None, {"definition": definition, **attributes})


def function(name: str, body: str = "SELECT 1", **attributes: str) -> SchemaObject:
    known = {
        "result": "integer",
        "language": "sql",
        "body": body,
        "volatility": "volatile",
        "parallel": "unsafe",
        "cost": "100",
        "rows": "0",
    }
    return SchemaObject(Key("function", name), None, {**known, **attributes})


def statements(source: Picture, target: Picture) -> list[str]:
    return [sql for step in plan_changes(source, target).steps for sql in step.sql]


def test_equal_schemas_need_nothing() -> None:
    found = plan_changes(picture(TABLE, column("a")), picture(TABLE, column("a")))
    assert (found.steps, found.unexpressed) == ((), ())


def test_types_come_before_tables_and_views_after_them() -> None:
    both = view("public.v", "SELECT t.a FROM public.t;")
    made = statements(picture(), picture(both, TABLE, column("a", "public.mood"), ENUM))
    assert [each.split(" ")[1] for each in made] == ["TYPE", "TABLE", "VIEW"]


def test_dependents_are_dropped_before_what_they_use() -> None:
    upper = view("public.a", "SELECT b.a FROM public.b;")
    lower = view("public.b", "SELECT t.a FROM public.t;")
    gone = statements(picture(upper, lower, TABLE, column("a", "public.mood"), ENUM), picture())
    assert gone == [
        "DROP VIEW public.a",
        "DROP VIEW public.b",
        "DROP TABLE public.t",
        "DROP TYPE public.mood",
    ]


def test_a_view_is_recreated_around_a_change_of_type_and_the_loss_of_its_grants_is_a_warning() -> (
    None
):
    both = view("public.v", "SELECT t.a FROM public.t;", privileges="x=r/y")
    other = view("public.w", "SELECT t.b FROM public.t;")
    found = plan_changes(
        picture(TABLE, column("a"), both, other), picture(TABLE, column("a", "bigint"), both, other)
    )
    assert [each.sql[0].split(" ")[0:2] for each in found.steps] == [
        ["DROP", "VIEW"],
        ["ALTER", "TABLE"],
        ["CREATE", "VIEW"],
    ]
    assert found.steps[0].guards == found.steps[1].guards
    assert "the privileges granted on view public.v are lost" in found.warnings


def test_a_column_that_a_generated_one_uses_is_not_changed_and_the_reason_is_named() -> None:
    twice = column("b", generated="stored (a * 2)")
    found = plan_changes(
        picture(TABLE, column("a"), twice), picture(TABLE, column("a", "bigint"), twice)
    )
    assert found.steps == ()
    assert "column public.t.b depends on it" in found.unexpressed[0].text


def test_a_loss_of_values_is_a_warning_and_a_comment() -> None:
    found = plan_changes(picture(TABLE, column("a"), column("b")), picture(TABLE, column("a")))
    assert found.warnings == ("DATA LOSS: column public.t.b is dropped with all of its values",)
    text = revision_text(found, None).upgrades
    assert "# DATA LOSS: column public.t.b is dropped with all of its values" in text


def test_a_possible_rename_is_a_hint_with_the_statement_that_keeps_the_rows() -> None:
    (warning,) = plan_changes(picture(TABLE, column("a")), picture(TABLE, column("b"))).warnings
    assert warning.endswith("write instead: ALTER TABLE public.t RENAME COLUMN a TO b")
    other = SchemaObject(Key("table", "public.u"), None, {})
    moved = SchemaObject(Key("column", "public.u.a"), other.key, column("a").attributes)
    (warning,) = plan_changes(picture(TABLE, column("a")), picture(other, moved)).warnings
    assert warning.endswith("write instead: ALTER TABLE public.t RENAME TO u")


def test_a_default_whose_value_is_removed_becomes_the_new_default() -> None:
    less = SchemaObject(ENUM.key, None, {"values": '["ok"]'})
    before = column("a", "public.mood", default="'sad'::public.mood")
    after = column("a", "public.mood", default="'ok'::public.mood")
    made = statements(picture(ENUM, TABLE, before), picture(less, TABLE, after))
    assert "ALTER TABLE public.t ALTER COLUMN a SET DEFAULT 'ok'::public.mood" in made
    assert not any("SET DEFAULT 'sad'" in each for each in made)


def test_a_new_value_of_an_enum_is_committed_before_it_is_used() -> None:
    more = SchemaObject(ENUM.key, None, {"values": '["sad", "so so", "ok"]'})
    text = revision_text(plan_changes(picture(ENUM), picture(more)), None).upgrades
    assert text.startswith("with op.get_context().autocommit_block():")
    assert "ADD VALUE IF NOT EXISTS 'so so' AFTER 'sad'" in text


def test_a_value_is_removed_by_a_new_type_that_replaces_the_old_one() -> None:
    less = SchemaObject(ENUM.key, None, {"values": '["ok"]'})
    used = column("a", "public.mood", default="'ok'::public.mood")
    found = plan_changes(picture(ENUM, TABLE, used), picture(less, TABLE, used))
    assert "USING a::text::public.mood" in " ".join(found.steps[0].sql)
    assert found.warnings == ("enum public.mood: it fails if a row has 'sad'",)


def test_a_value_of_a_type_that_a_function_takes_is_not_removed() -> None:
    less = SchemaObject(ENUM.key, None, {"values": '["ok"]'})
    takes = function("public.f(public.mood)")
    found = plan_changes(picture(ENUM, takes), picture(less, takes))
    assert found.steps == ()
    assert "function public.f(public.mood) uses the enum" in found.unexpressed[0].text


def test_a_kind_without_statements_is_named() -> None:
    cast = SchemaObject(Key("cast", "integer as public.mood"), None, {"context": "explicit"})
    found = plan_changes(picture(), picture(cast))
    assert found.steps == ()
    assert "cast integer as public.mood is new" in found.unexpressed[0].text


def test_a_cosmetic_difference_needs_no_step() -> None:
    first = (column("a", position="1"), column("b", position="2"))
    second = (column("a", position="2"), column("b", position="1"))
    assert plan_changes(picture(TABLE, *first), picture(TABLE, *second)).steps == ()


def test_every_guard_is_a_function_of_the_file_and_nothing_else_is_needed() -> None:
    key = part("constraint", "k", "UNIQUE (a)")
    source = revision_source(plan_changes(picture(TABLE, column("a")), picture(TABLE, key)))
    tree = ast.parse(source)
    made = {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}
    assert made == {
        *("upgrade", "downgrade", "set_search_path", "ask"),
        *("has_column", "has_constraint"),
    }
    assert "alembic_rehearsal" not in source


@pytest.mark.parametrize(
    "body",
    [
        "SELECT ':name', E'\\:b', 'a:b', x::text, '%'",
        "line one\n  line \\ two\n",
        'ends with """ three quotes"',
        'two lines\nand a name public."naïve ""one"""',
        "dollars $$ and $body$ in it",
        "it's 'quoted'",
    ],
)
def test_a_body_is_what_it_was_after_python_and_sqlalchemy(body: str) -> None:
    from sqlalchemy import text
    from sqlalchemy.dialects import postgresql

    made = function("public.f()", body)
    found = plan_changes(picture(), picture(made))
    source = revision_source(found)
    tree = next(each for each in ast.parse(source).body if getattr(each, "name", "") == "upgrade")
    executed = [
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "op.execute"
        and isinstance(node.args[0], ast.Constant)
    ]
    compiled = text(str(executed[0])).compile(dialect=postgresql.dialect(paramstyle="named"))
    assert str(compiled) == found.steps[0].sql[0]
    assert not compiled.params


@pytest.mark.parametrize(
    ("first", "second", "ending"),
    [
        ("text", "character varying(20)", "TYPE character varying(20)"),
        ("integer", "character varying(20)", "TYPE character varying(20)"),
        ("numeric(12,2)", "integer", "TYPE integer"),
        ("text", "integer", "TYPE integer USING a::integer"),
        ("boolean", "integer", "TYPE integer USING a::text::integer"),
        ("date", "timestamp with time zone", "TYPE timestamp with time zone"),
    ],
)
def test_no_value_is_cut_off_by_a_cast(first: str, second: str, ending: str) -> None:
    (made,) = statements(picture(TABLE, column("a", first)), picture(TABLE, column("a", second)))
    assert made == f"ALTER TABLE public.t ALTER COLUMN a {ending}"


def test_names_that_need_quotes_keep_them() -> None:
    odd = SchemaObject(
        Key("column", 'public.t."Odd ""name"'), TABLE.key, {"type": "text", "position": "1"}
    )
    (step,) = plan_changes(picture(TABLE), picture(TABLE, odd)).steps
    assert step.sql == ('ALTER TABLE public.t ADD COLUMN "Odd ""name" text',)
    assert step.guards[0].arguments == ("public.t", 'Odd "name')


def test_a_reserved_word_is_quoted_as_the_name_of_a_constraint() -> None:
    named = column("a", **{"not null": "yes", "name of its NOT NULL": "order"})
    (sql,) = statements(picture(TABLE), picture(TABLE, named))
    assert sql == 'ALTER TABLE public.t ADD COLUMN a integer CONSTRAINT "order" NOT NULL'


def test_the_usual_name_of_a_domains_constraint_is_quoted_once() -> None:
    known = {"type": "integer", "not null": "yes", "comment on its NOT NULL": "by hand"}
    domain = SchemaObject(Key("domain", 'public."where"'), None, known)
    assert statements(picture(), picture(domain))[1] == (
        'COMMENT ON CONSTRAINT "where_not_null" ON DOMAIN public."where" IS \'by hand\''
    )


def test_what_postgres_refuses_is_taken_out_and_named() -> None:
    found = plan_changes(picture(TABLE, column("a"), column("b")), picture(TABLE))
    rest = without_refused_step(found, "ALTER TABLE public.t DROP COLUMN b", "no")
    assert rest is not None
    assert [each.sql[0] for each in rest.steps] == ["ALTER TABLE public.t DROP COLUMN a"]
    assert rest.unexpressed[0].text == "column public.t.b is gone: no"
    assert without_refused_step(found, "SELECT 1", "no") is None


def test_a_way_back_that_cannot_be_expressed_is_refused_with_the_reason() -> None:
    less = SchemaObject(ENUM.key, None, {"values": '["ok"]'})
    takes = function("public.f(public.mood)")
    up = plan_changes(picture(less, takes), picture(ENUM, takes))
    down = plan_changes(picture(ENUM, takes), picture(less, takes))
    text = revision_text(up, down)
    assert text.downgrades.startswith("raise NotImplementedError(")
    assert "uses the enum" in text.downgrades
