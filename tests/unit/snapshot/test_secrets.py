"""Possible secrets in a dump are named by object and kind, and never by their value."""

from __future__ import annotations

import pytest

from alembic_rehearsal.snapshot.files import with_rows
from alembic_rehearsal.snapshot.secrets import find_suspicions

DUMP = """\
--
-- Name: {name}; Type: {kind}; Schema: {schema}; Owner: -
--

{text}

--
-- PostgreSQL database dump complete
--
"""
# In two halves each, so that no scanner of repositories takes the tests for a leak.
TOKENS = {
    "an AWS access key": "AKIA" + "Q3EGRZX5K2L7M9NB",
    "a GitHub token": "ghp_" + "a1B2" * 9,
    "a GitLab token": "glpat-" + "x1y2z" * 4,
    "a Slack token": "xoxb-" + "123456789012-abcdef",
    "a Stripe key": "sk_live_" + "4eC39HqLyjWDarjtT1",
    "a Google API key": "AIza" + "Sy_-5" * 7,
    "a SendGrid key": "SG." + "abcd1234" * 3 + "." + "efgh5678" * 5,
    "an API key": "sk-" + "proj-abcdef0123456789",
    "a private key": "-----BEGIN RSA " + "PRIVATE KEY-----",
    "a JSON web token": "eyJ" + "hbGciOiJIUzI1NiJ9.eyJ" + "zdWIiOiIxMjM0In0.c2ln",
    "a password in a URL": "postgresql://app:" + "hunter2@db.example.org/x",
}


def dump(text: str, kind: str = "FUNCTION", name: str = "f()", schema: str = "public") -> str:
    return DUMP.format(text=text, kind=kind, name=name, schema=schema)


def kinds(text: str, kind: str = "FUNCTION", name: str = "f()") -> list[str]:
    return [each.kind for each in find_suspicions(dump(text, kind, name))]


@pytest.mark.parametrize("kind", TOKENS)
@pytest.mark.parametrize(
    "where",
    [
        "CREATE FUNCTION public.f() AS $$ SELECT '{}' $$;",
        "CREATE TABLE public.t (\n    c text DEFAULT '{}'::text\n);",
        "COMMENT ON TABLE public.t IS 'see {} for more';",
        "ALTER TABLE public.t ADD CONSTRAINT c CHECK ((c <> '{}'::text));",
    ],
)
def test_a_token_is_recognised_in_every_place(kind: str, where: str) -> None:
    found = find_suspicions(dump(where.format(TOKENS[kind])))
    assert [each.kind for each in found] == [kind]
    assert TOKENS[kind] not in str(found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PERFORM dblink('host=h user=u password=hunter2')", "a password in a connection string"),
        ("v_password := 'hunter2';", "a password or key after its name"),
        ("IF secret = 'open sesame' THEN", "a password or key after its name"),
        ("api_key => 'a8f5f167f44f4964'", "a password or key after its name"),
        ("    password text DEFAULT 'changeme'::text,", "a password or key as a default"),
        (
            "    \"api_key\" varchar(32) DEFAULT 'a8f5f167f44f4964',",
            "a password or key as a default",
        ),
    ],
)
def test_a_value_after_the_name_of_a_secret_is_recognised(text: str, expected: str) -> None:
    assert kinds(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "WHERE password = p_password AND token = NEW.token",
        "password = crypt(p_password, gen_salt('bf'))",
        "dblink('host=h user=u password=' || v_password)",
        "dblink(format('host=%s password=%s', a, b))",
        "    password text NOT NULL,\n    token text DEFAULT gen_random_uuid(),",
        "    token_type text DEFAULT 'bearer'::text,",
        "IF token = 'refresh' THEN",
        "IF password = '' THEN",
        "see https://example.org:8080/path and mailto:someone@example.org",
        "postgresql://app:***@db/x  postgresql://app:<password>@db/x  postgresql://u:{pw}@h/x",
        "the secret of the password is kept elsewhere",
        "risk-assessment-of-all-the-customers",
    ],
)
def test_a_text_about_secrets_is_no_secret(text: str) -> None:
    assert kinds(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("COMMENT ON TABLE t IS 'the password is hunter2';", ["a password or key in plain words"]),
        ("COMMENT ON TABLE t IS 'password=swordfish';", ["a password or key in plain words"]),
        ("COMMENT ON TABLE t IS 'Token: what the mail contains';", []),
        ("COMMENT ON COLUMN t.password IS 'hashed, see api key';", []),
    ],
)
def test_comments_are_read_as_people_write_them(text: str, expected: list[str]) -> None:
    assert kinds(text, "COMMENT", "TABLE t") == expected


@pytest.mark.parametrize("kind", ["SERVER", "FOREIGN DATA WRAPPER", "FOREIGN TABLE"])
def test_options_of_foreign_data_are_searched(kind: str) -> None:
    text = "CREATE ... OPTIONS (\n    host 'h',\n    password 'srv''pw'\n);"
    assert kinds(text, kind) == ["a password or key in options"]


def test_the_object_and_its_line_are_named() -> None:
    text = f"COMMENT ON COLUMN public.t.c IS '{TOKENS['a GitHub token']}';"
    (found,) = find_suspicions(dump(text, "COMMENT", "COLUMN t.c"))
    assert str(found) == "comment on column public.t.c: a GitHub token"
    assert found.line == 5


def test_reference_rows_are_searched() -> None:
    row = f"INSERT INTO public.keys (k) VALUES\n    ('{TOKENS['a Stripe key']}');\n"
    (found,) = find_suspicions(
        with_rows(dump("CREATE TABLE public.keys ();"), {"public.keys": row})
    )
    assert found.object == "reference rows"
    assert found.kind == "a Stripe key"
