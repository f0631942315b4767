"""Models that nothing imports, and imports that misbehave."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from alembic_rehearsal.core.project.host import open_project
from alembic_rehearsal.core.project.model_answers import UnimportedModels
from alembic_rehearsal.core.values.databases import Database, Server
from alembic_rehearsal.core.values.project import Project
from alembic_rehearsal.rehearsal.experiments.models import MODEL_IMPORTS
from alembic_rehearsal.rehearsal.facts.evidence import Evidence
from support.experiments import found, run_on_project
from support.projects import ENV_PY, rev, write_project

WITH_MODELS = ENV_PY.replace(
    "target_metadata = None", "from app.base import Base\nimport app.models\nimport os, sys"
).replace("target_metadata=target_metadata", "target_metadata=Base.metadata")
BASE = """\
from sqlalchemy.orm import declarative_base

Base = declarative_base()
"""
USERS = """\
import sqlalchemy as sa
from app.base import Base


class User(Base):
    __tablename__ = "users"
    id = sa.Column(sa.Integer, primary_key=True)
"""
ORDERS = USERS.replace("User", "Order").replace('"users"', '"orders"')
FILES = {"app/__init__.py": "", "app/base.py": BASE, "app/models.py": USERS}
SLOW = "import time\ntime.sleep(60)\n"


def looked_at(
    folder: Path,
    server: Server,
    files: Mapping[str, str],
    *,
    env_py: str = WITH_MODELS,
    models: tuple[str, ...] = (),
) -> Evidence:
    project = project_with(folder, files, env_py=env_py)
    return run_on_project(project, server, MODEL_IMPORTS, models=models).evidence


def project_with(folder: Path, files: Mapping[str, str], *, env_py: str = WITH_MODELS) -> Project:
    return write_project(
        folder,
        [rev("a1")],
        env_py=env_py,
        ini="prepend_sys_path = .",
        files={**FILES, **files},
    )


def test_models_that_are_all_imported_are_no_finding(tmp_path: Path, server: Server) -> None:
    files = {
        "app/views.py": "TEXT = 'no model, although it says Table('\n",
        "app/other.py": ORDERS.replace("from app.base import Base", BASE),  # another metadata
        "app/mixins.py": "class Named:\n    __tablename__ = 'mixed'\n",
        "app/tests/models.py": ORDERS,
        "app/test_orders.py": ORDERS,
        "app/migrations/old.py": ORDERS,
        "unrelated/orders.py": ORDERS,
        "migrations/helpers.py": ORDERS,
    }
    evidence = looked_at(tmp_path, server, files)
    imports = evidence.fact(UnimportedModels)
    assert (imports.packages, imports.tables, imports.unimportable) == (("app",), (), ())
    assert found("U6", evidence) == []


def test_each_module_that_nothing_imports_is_a_finding(tmp_path: Path, server: Server) -> None:
    files = {
        "app/shop/__init__.py": "",
        "app/shop/orders.py": ORDERS,
        "app/shop/all.py": "from app.shop.orders import Order\n" + ORDERS.replace("rder", "ffer"),
        "app/tables.py": (
            "import sqlalchemy as sa\nfrom app.base import Base\n\n"
            'links = sa.Table("links", Base.metadata, sa.Column("a", sa.Integer), schema="x")\n'
        ),
    }
    evidence = looked_at(tmp_path, server, files)
    findings = found("U6", evidence)
    assert {each.object: (each.path, each.line) for each in findings} == {
        "module app.shop.all": (tmp_path / "app/shop/all.py", 6),
        "module app.shop.orders": (tmp_path / "app/shop/orders.py", 5),
        "module app.tables": (tmp_path / "app/tables.py", 4),
    }
    of_tables = next(each for each in findings if each.object == "module app.tables")
    assert of_tables.what == (
        "target_metadata lacks x.links: nothing that env.py imports imports app.tables."
    )
    assert of_tables.do == "import app.tables  # noqa: F401   (at the end of app/models.py)"


def test_failing_imports_are_reported_together_with_what_is_proven(
    tmp_path: Path, empty_database: Database
) -> None:
    """One exits, one ends the interpreter, one hangs, one fails after its table is made."""
    files = {
        "app/orders.py": ORDERS,
        "app/exits.py": "import sys\nsys.exit(3)\n" + ORDERS,
        "app/fails.py": ORDERS.replace("rder", "ffer") + "\nimport nothing_of_the_kind\n",
        "app/prints.py": 'print(\'{"is": "done"}\')\nimport os\nos._exit(7)\n' + ORDERS,
        "app/waits.py": SLOW + ORDERS,
    }
    with (
        open_project(project_with(tmp_path, files)) as child,
        child.walk(empty_database) as walk,
    ):
        imports = walk.find_unimported((), patience=4.0)
    assert {(each.table, each.module) for each in imports.tables} == {
        ("orders", "app.orders"),
        ("offers", "app.fails"),
    }
    assert {each.module: (each.line, each.message) for each in imports.unimportable} == {
        "app.exits": (7, "SystemExit: 3 (app/exits.py:2)"),
        "app.fails": (
            5,
            "ModuleNotFoundError: No module named 'nothing_of_the_kind' (app/fails.py:9)",
        ),
        "app.prints": (8, "it ended the interpreter with exit status 7"),
        "app.waits": (7, "it did not end within 4 s"),
    }


def test_where_nothing_is_proven_an_import_that_fails_is_why(
    tmp_path: Path, server: Server
) -> None:
    evidence = looked_at(
        tmp_path, server, {"app/orders.py": "raise RuntimeError('no key')\n" + ORDERS}
    )
    assert evidence.skipped[UnimportedModels] == (
        "these modules look like models and cannot be imported: "
        "app.orders (RuntimeError: no key (app/orders.py:1))"
    )


def test_the_settings_name_packages_that_nothing_imports(tmp_path: Path, server: Server) -> None:
    files = {"billing/__init__.py": "", "billing/orders.py": ORDERS}
    assert found("U6", looked_at(tmp_path / "a", server, files)) == []
    (finding,) = found("U6", looked_at(tmp_path / "b", server, files, models=("app", "billing")))
    assert finding.object == "module billing.orders"
    evidence = looked_at(tmp_path / "c", server, files, models=("biling",))
    assert evidence.skipped[UnimportedModels] == (
        "the models' modules cannot be searched: models in the settings: there is no package biling"
    )


def test_a_module_next_to_that_of_the_models_is_found_where_there_is_no_package(
    tmp_path: Path, server: Server
) -> None:
    env_py = WITH_MODELS.replace(
        "from app.base import Base\nimport app.models", "from m import Base"
    )
    files = {"m.py": BASE + USERS.replace("from app.base import Base\n", "")}
    files["orders.py"] = ORDERS.replace("app.base", "m")
    (finding,) = found("U6", looked_at(tmp_path, server, files, env_py=env_py))
    assert (finding.path, finding.line) == (tmp_path / "orders.py", 5)
    assert finding.do == "import orders  # noqa: F401   (at the end of m.py)"


def test_an_env_py_that_imports_the_base_alone_is_found(tmp_path: Path, server: Server) -> None:
    env_py = WITH_MODELS.replace("import app.models\n", "")
    (finding,) = found("U6", looked_at(tmp_path, server, {}, env_py=env_py))
    assert finding.object == "module app.models"
    assert finding.do == "import app.models  # noqa: F401   (with the imports of migrations/env.py)"


def test_without_models_nothing_is_judged(tmp_path: Path, server: Server) -> None:
    evidence = looked_at(tmp_path / "a", server, {}, env_py=ENV_PY)
    assert evidence.skipped[UnimportedModels] == "env.py gives Alembic no target_metadata"
    empty = ENV_PY.replace("target_metadata = None", "import sqlalchemy as sa\nm = sa.MetaData()")
    env_py = empty.replace("target_metadata=target_metadata", "target_metadata=m")
    evidence = looked_at(tmp_path / "b", server, {}, env_py=env_py)
    assert evidence.skipped[UnimportedModels] == (
        'no module defines a table; models = ["package"] in the settings names one'
    )
