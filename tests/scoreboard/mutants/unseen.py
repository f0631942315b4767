"""Tables that are missing from models or migrations, and differences that env.py hides."""

from __future__ import annotations

from scoreboard.mutant import Create, Mutant, Replace, fault
from scoreboard.places import (
    CONTENT_MODELS,
    CREDIT_MODELS,
    ENV_PY,
    MODELS,
    revision,
)

COUPON = '''

class CouponDB(Base):
    """A code that is worth credits."""

    __tablename__ = "coupons"

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(20))
'''
REFERENCE = "    reference: Mapped[str | None] = mapped_column(String(64))\n"
VIEWS = 'view_count: Mapped[int] = mapped_column(server_default="0")'
DEFAULT_OF_VIEWS = Replace(CONTENT_MODELS, VIEWS, VIEWS.replace('"0"', '"1"'))

TABLES = (
    fault(
        "U",
        "model-without-migration",
        "a new model CouponDB, and no migration that makes its table",
        Replace(CREDIT_MODELS, REFERENCE, REFERENCE + COUPON),
    ),
    fault(
        "U",
        "migration-without-model",
        "a new revision makes a table that no model has",
        revision(
            "0f5c2a9e7b31",
            "audit log",
            'op.create_table("audit_log", sa.Column("id", sa.Integer(), primary_key=True))',
            'op.drop_table("audit_log")',
        ),
    ),
    fault(
        "U",
        "model-module-unimported",
        "a new model in a module that nothing imports, and no migration",
        Create(
            "src/api/utils/coupon_models.py",
            '"""Coupons."""\n\nfrom __future__ import annotations\n\n'
            "from sqlalchemy import String\nfrom sqlalchemy.orm import Mapped, mapped_column\n\n"
            "from api.utils.columns import Id\nfrom api.utils.database import Base\n" + COUPON,
        ),
    ),
    fault(
        "U",
        "model-import-lost",
        "api.utils.models no longer imports the models of credits",
        Replace(
            MODELS,
            "from api.utils.credit_models import CreditKind, CreditTransactionDB, UserCreditDB\n",
            "",
        ),
    ),
)

UNCOMPARED = (
    fault(
        "U",
        "env-compares-no-default",
        "env.py compares no defaults, and a model has another default",
        Replace(ENV_PY, "        compare_server_default=True,\n", ""),
        DEFAULT_OF_VIEWS,
    ),
    fault(
        "U",
        "env-compares-no-type",
        "env.py compares no types, and a model has a longer column",
        Replace(ENV_PY, "compare_type=True", "compare_type=False"),
        Replace(CREDIT_MODELS, "String(64)", "String(128)"),
    ),
    fault(
        "U",
        "env-hides-a-table",
        "env.py hides user_credits from the comparison, and its model has another column",
        Replace(ENV_PY, '{"spatial_ref_sys"}', '{"spatial_ref_sys", "user_credits"}'),
        Replace(
            ENV_PY,
            'return not (kind == "table" and reflected and name in FOREIGN_TABLES)',
            'return not (kind == "table" and name in FOREIGN_TABLES)',
        ),
        Replace(
            CREDIT_MODELS,
            '    balance: Mapped[int] = mapped_column(server_default="0")\n',
            '    balance: Mapped[int] = mapped_column(server_default="0")\n'
            '    bonus: Mapped[int] = mapped_column(server_default="0")\n',
        ),
    ),
)

MUTANTS: tuple[Mutant, ...] = (*TABLES, *UNCOMPARED)
