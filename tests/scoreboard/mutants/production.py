"""Faults that show on production's schema and not from empty, or the other way round."""

from __future__ import annotations

from scoreboard.mutant import Kind, Mutant, Replace, fault
from scoreboard.places import (
    ENV_PY,
    LOGIN,
    NAMES,
    PROVENANCE,
    RECENT,
    USER_MODELS,
    revision,
)

ID = "0f5c2a9e7b31"
NEXT = "7e40b1d6c8a2"

ADD_LOGIN = """\
    if not has_column():
        op.add_column(
            "users", sa.Column("last_login_at", sa.DateTime(timezone=True), nullable=True)
        )
"""
ADD_LOGIN_ALWAYS = ADD_LOGIN.replace("if not has_column():", "if True:")
NOT_NULL = """\
    with op.batch_alter_table("users") as users:
        users.alter_column("display_name", existing_type=sa.String(200), nullable=False)
"""
CONFIGURE = (
    '    configure(connection=connection, render_as_batch=connection.dialect.name == "sqlite")\n'
)
ONE_FOR_ALL = Replace(ENV_PY, "transaction_per_migration=True", "transaction_per_migration=False")
AGENCY = Replace(
    USER_MODELS, '    STUDIO = "studio"\n', '    STUDIO = "studio"\n    AGENCY = "agency"\n'
)
ADD_AGENCY = "op.execute(\"ALTER TYPE subscriptiontier ADD VALUE 'agency'\")"
USE_AGENCY = (
    "op.execute(\"UPDATE users SET subscription_tier = 'agency'"
    " WHERE subscription_tier = 'studio'\")"
)
ONE_WAY = 'raise NotImplementedError("PostgreSQL cannot take a value out of an enum")'
LOG = """

class {name}DB(Base):
    \"\"\"What happened.\"\"\"

    __tablename__ = "{table}"

    id: Mapped[Id]
    level: Mapped[LogLevel] = mapped_column(stored_as(LogLevel, "loglevel"))
"""
LEVELS = '\n\nclass LogLevel(StrEnum):\n    LOW = "low"\n    HIGH = "high"\n'
LAST_LINE = "    last_login_at: Mapped[Moment | None]\n"


def make_log(table: str) -> str:
    return (
        f'op.create_table("{table}", sa.Column("id", sa.Integer(), nullable=False),\n'
        '    sa.Column("level", sa.Enum("low", "high", name="loglevel"), nullable=False),\n'
        f'    sa.PrimaryKeyConstraint("id", name="pk_{table}"))'
    )


SNAPSHOT = (
    fault(
        "U",
        "guard-missing",
        "the pending 6d81e5c2f40b no longer looks before it adds what production has",
        Replace(LOGIN, ADD_LOGIN, ADD_LOGIN_ALWAYS),
    ),
    fault(
        "U",
        "guard-inverted",
        "the pending 6d81e5c2f40b adds its column only where it is already there",
        Replace(LOGIN, "    if not has_column():", "    if has_column():"),
    ),
    fault(
        "U",
        "guard-misspelled",
        "the pending 91be77aa0c12 looks for an index under a name that production does not know",
        Replace(RECENT, '"idx_content_recent"', '"idx_recent_content"'),
    ),
    fault(
        "U",
        "snapshot-stamped-too-low",
        "production is stamped 24c7e9b0d1f6 but has what b85d21fc7ae3 adds",
        Replace(PROVENANCE, '["b85d21fc7ae3"]', '["24c7e9b0d1f6"]'),
    ),
    fault(
        "U",
        "snapshot-stamped-too-high",
        "production is stamped 1a6f0c93e7d2 but has no language",
        Replace(PROVENANCE, '["b85d21fc7ae3"]', '["1a6f0c93e7d2"]'),
    ),
    fault(
        "U",
        "needs-a-row",
        "a new revision takes the first admin, and there is none in an empty table",
        revision(
            ID,
            "system account",
            "admin = op.get_bind().execute(\n"
            "    sa.text(\"SELECT id FROM users WHERE role = 'admin' ORDER BY id LIMIT 1\")\n"
            ").scalar_one()\n"
            'op.execute(f"UPDATE monitored_niches SET user_id = {admin} WHERE user_id IS NULL")',
            'op.execute("UPDATE monitored_niches SET user_id = NULL")',
        ),
    ),
)

TRANSACTIONS = (
    fault(
        "U",
        "enum-value-used-at-once",
        "a new revision adds an enum value and uses it in the same transaction",
        AGENCY,
        revision(ID, "agencies", f"{ADD_AGENCY}\n{USE_AGENCY}", ONE_WAY),
    ),
    fault(
        "U",
        "fails-in-one-transaction",
        "env.py runs all in one transaction; a new revision uses an enum value of the one before",
        AGENCY,
        ONE_FOR_ALL,
        revision(ID, "agency tier", ADD_AGENCY, ONE_WAY),
        revision(NEXT, "first agencies", USE_AGENCY, ONE_WAY, down=ID),
    ),
    fault(
        "U",
        "fails-in-two-commands",
        "two new revisions make the same enum, which passes only in one command",
        Replace(USER_MODELS, "class UserDB(Base):", LEVELS.lstrip() + "\n\nclass UserDB(Base):"),
        Replace(
            USER_MODELS,
            LAST_LINE,
            LAST_LINE
            + LOG.format(name="UserLog", table="user_log")
            + LOG.format(name="JobLog", table="job_log"),
        ),
        revision(ID, "user log", make_log("user_log"), 'op.drop_table("user_log")'),
        revision(
            NEXT,
            "job log",
            make_log("job_log"),
            'op.drop_table("job_log")\nop.execute("DROP TYPE loglevel")',
            down=ID,
        ),
    ),
    fault(
        "U",
        "env-asks-before-alembic",
        "env.py asks the connection something before it gives it to Alembic",
        Replace(
            ENV_PY, CONFIGURE, '    connection.execute(text("SELECT version()"))\n' + CONFIGURE
        ),
    ),
    fault(
        "U",
        "env-changes-each-run",
        "env.py makes a new table each time that it runs",
        Replace(
            ENV_PY,
            "        migrate(connection)\n",
            "        migrate(connection)\n"
            '        connection.execute(text(f"CREATE TABLE run_{time.time_ns()} ()"))\n'
            "        connection.commit()\n",
        ),
    ),
)

OFFLINE = (
    fault(
        "U",
        "offline-makes-less",
        "24c7e9b0d1f6 leaves out NOT NULL where it only prints SQL",
        Replace(
            NAMES,
            NOT_NULL,
            NOT_NULL.replace(
                '    with op.batch_alter_table("users") as users:\n',
                "    if op.get_context().as_sql:\n        return\n"
                '    with op.batch_alter_table("users") as users:\n',
            ),
        ),
    ),
    Mutant(
        "offline-cannot-be-printed",
        "24c7e9b0d1f6 counts users first, so its SQL cannot be printed",
        "U",
        (
            Replace(
                NAMES,
                '    op.execute("UPDATE users SET',
                '    op.get_bind().execute(sa.text("SELECT count(*) FROM users")).scalar_one()\n'
                '    op.execute("UPDATE users SET',
            ),
        ),
        Kind.NOTE,
        "the sample's last revisions look at the database, too: `--sql` is not for everybody",
    ),
)

MUTANTS: tuple[Mutant, ...] = (*SNAPSHOT, *TRANSACTIONS, *OFFLINE)
