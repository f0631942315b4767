"""New pending revisions with a downgrade that leaves something behind."""

from __future__ import annotations

from scoreboard.mutant import Mutant, Replace, fault
from scoreboard.places import USER_MODELS, revision, sql

ID = "0f5c2a9e7b31"
NEXT = "7e40b1d6c8a2"

FUNCTION = """CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN NEW.updated_at = now(); RETURN NEW; END'"""
TRIGGER = """CREATE OR REPLACE TRIGGER touched BEFORE UPDATE ON user_credits
    FOR EACH ROW EXECUTE FUNCTION touch()"""


MUTANTS: tuple[Mutant, ...] = (
    fault(
        "D",
        "down-keeps-function",
        "a new revision makes a trigger with a function; its downgrade leaves the function",
        revision(
            ID, "touch credits", sql(FUNCTION, TRIGGER), sql("DROP TRIGGER touched ON user_credits")
        ),
    ),
    fault(
        "D",
        "down-only-disables-trigger",
        "a new revision makes a trigger; its downgrade disables it instead of dropping it",
        revision(
            ID,
            "touch credits",
            sql(FUNCTION, TRIGGER),
            sql("ALTER TABLE user_credits DISABLE TRIGGER touched"),
        ),
    ),
    fault(
        "D",
        "up-not-again-after-down",
        "a new revision makes a function that its downgrade leaves, so it cannot run again",
        revision(
            ID,
            "touch credits",
            sql(FUNCTION.replace("OR REPLACE ", ""), TRIGGER),
            sql("DROP TRIGGER touched ON user_credits"),
        ),
    ),
    fault(
        "D",
        "down-forgets-view",
        "a new revision remakes a view around a type change; its downgrade forgets the view",
        Replace(
            USER_MODELS,
            "full_name: Mapped[str | None] = mapped_column(String(200))",
            "full_name: Mapped[str | None] = mapped_column(String(300))",
        ),
        revision(
            ID,
            "active users",
            sql("CREATE VIEW active_users AS SELECT id, full_name FROM users WHERE is_active"),
            sql("DROP VIEW IF EXISTS active_users"),
        ),
        revision(
            NEXT,
            "longer names",
            sql(
                "DROP VIEW active_users",
                "ALTER TABLE users ALTER full_name TYPE varchar(300)",
                "CREATE VIEW active_users AS SELECT id, full_name FROM users WHERE is_active",
            ),
            sql(
                "DROP VIEW active_users",
                "ALTER TABLE users ALTER full_name TYPE varchar(200)",
            ),
            down=ID,
        ),
    ),
    fault(
        "D",
        "down-view-defined-otherwise",
        "a new revision redefines a view; its downgrade forgets the old view's condition",
        revision(
            ID,
            "active users",
            sql("CREATE VIEW active_users AS SELECT id FROM users WHERE is_active"),
            sql("DROP VIEW active_users"),
        ),
        revision(
            NEXT,
            "active members",
            sql(
                "CREATE OR REPLACE VIEW active_users AS SELECT id FROM users"
                " WHERE is_active AND role = 'member'"
            ),
            sql("CREATE OR REPLACE VIEW active_users AS SELECT id FROM users"),
            down=ID,
        ),
    ),
    fault(
        "D",
        "down-keeps-materialized-view",
        "a new revision makes a materialized view; its downgrade drops only the index on it",
        revision(
            ID,
            "content counts",
            sql(
                "CREATE MATERIALIZED VIEW IF NOT EXISTS content_counts AS"
                " SELECT user_id, count(*) FROM published_content GROUP BY user_id",
                "CREATE UNIQUE INDEX content_counts_user ON content_counts (user_id)",
            ),
            sql("DROP INDEX content_counts_user"),
        ),
    ),
    fault(
        "D",
        "down-keeps-extension",
        "a new revision makes an extension and a function; its downgrade leaves the extension",
        revision(
            ID,
            "plain words",
            sql(
                "CREATE EXTENSION IF NOT EXISTS unaccent",
                "CREATE FUNCTION plain(words text) RETURNS text LANGUAGE sql AS"
                " 'SELECT public.unaccent(words)'",
            ),
            sql("DROP FUNCTION plain(text)"),
        ),
    ),
    fault(
        "D",
        "down-keeps-sequence",
        "a new revision makes two sequences; its downgrade drops one",
        revision(
            ID,
            "invoice numbers",
            sql(
                "CREATE SEQUENCE IF NOT EXISTS invoice_numbers",
                "CREATE SEQUENCE IF NOT EXISTS receipt_numbers",
            ),
            sql("DROP SEQUENCE receipt_numbers"),
        ),
    ),
)
