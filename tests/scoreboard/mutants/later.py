"""Faults that show only with rows, load, interruption, another account or other code."""

from __future__ import annotations

from scoreboard.mutant import Mutant, Replace, fault
from scoreboard.places import CONTENT_MODELS, CREDIT_MODELS, OWNERS, USER_MODELS, revision

ID = "0f5c2a9e7b31"

MUTANTS: tuple[Mutant, ...] = (
    fault(
        "R",
        "down-forgets-rows",
        "downgrade of 3fe5d7284c1b makes slug unique again without removing double ones",
        Replace(OWNERS, "    op.execute(ONLY_THE_OLDEST)\n", ""),
    ),
    fault(
        "R",
        "not-null-without-backfill",
        "a new revision makes full_name NOT NULL and fills in nothing",
        Replace(USER_MODELS, "full_name: Mapped[str | None]", "full_name: Mapped[str]"),
        revision(
            ID,
            "full names",
            'op.alter_column("users", "full_name", nullable=False)',
            'op.alter_column("users", "full_name", nullable=True)',
        ),
    ),
    fault(
        "R",
        "rename-loses-values",
        "a new revision renames a column by adding a new one and dropping the old one",
        Replace(CREDIT_MODELS, "    note: Mapped[str | None]", "    memo: Mapped[str | None]"),
        revision(
            ID,
            "memo",
            'op.add_column("credit_transactions", sa.Column("memo", sa.String(500)))\n'
            'op.drop_column("credit_transactions", "note")',
            'op.alter_column("credit_transactions", "memo", new_column_name="note")',
        ),
    ),
    fault(
        "S",
        "table-rewritten",
        "a new revision makes view_count a bigint, which rewrites the table under a lock",
        Replace(
            CONTENT_MODELS,
            'view_count: Mapped[int] = mapped_column(server_default="0")',
            'view_count: Mapped[int] = mapped_column(BigInteger, server_default="0")',
        ),
        Replace(
            CONTENT_MODELS, "import ForeignKey, Index,", "import BigInteger, ForeignKey, Index,"
        ),
        revision(
            ID,
            "many views",
            'op.alter_column("published_content", "view_count", type_=sa.BigInteger())',
            'op.alter_column("published_content", "view_count", type_=sa.Integer())',
        ),
    ),
    fault(
        "F",
        "interrupted-half-way",
        "a new revision commits a column before it builds an index, and cannot run twice",
        Replace(
            USER_MODELS,
            "    last_login_at: Mapped[Moment | None]\n",
            "    last_login_at: Mapped[Moment | None]\n"
            "    nickname: Mapped[str | None] = mapped_column(String(50), index=True)\n",
        ),
        revision(
            ID,
            "nicknames",
            'op.add_column("users", sa.Column("nickname", sa.String(50)))\n'
            "with op.get_context().autocommit_block():\n"
            '    op.create_index("ix_users_nickname", "users", ["nickname"],\n'
            "                    postgresql_concurrently=True)",
            'op.drop_column("users", "nickname")',
        ),
    ),
    fault(
        "F",
        "creates-role",
        "a new revision creates a role, which the deploying account may not, and leaves it",
        revision(
            ID,
            "reporting",
            'op.execute("DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname ='
            " 'reporting') THEN CREATE ROLE reporting; END IF; END $$\")\n"
            'op.execute("GRANT SELECT ON users TO reporting")',
            'op.execute("REVOKE SELECT ON users FROM reporting")',
        ),
    ),
    fault(
        "C",
        "script-creates-all",
        "the deployment script makes the tables from the models, past the migrations",
        Replace(
            "scripts/init_db.py",
            'if __name__ == "__main__":\n',
            'if __name__ == "__main__":\n'
            "    from api.utils.database import make_engine\n"
            "    from api.utils.models import Base\n\n"
            "    Base.metadata.create_all(make_engine())\n",
        ),
    ),
    fault(
        "C",
        "engine-creates-all",
        "the application makes the tables from the models when it first connects",
        Replace(
            "src/api/utils/database.py",
            "    return make_engine(pool_pre_ping=True)\n",
            "    made = make_engine(pool_pre_ping=True)\n"
            "    Base.metadata.create_all(made)\n"
            "    return made\n",
        ),
    ),
)
