"""Projects that `alembic init` writes, unedited, with one revision added."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support.cli import rehearsal

ALEMBIC = str(Path(sys.executable).with_name("alembic"))
REVISION = """\
import sqlalchemy as sa
from alembic import op

revision = "aa0000000001"
down_revision = None


def upgrade():
    op.create_table("lamps", sa.Column("id", sa.Integer, primary_key=True))


def downgrade():
    op.drop_table("lamps")
"""


def initialised(folder: Path, template: str) -> Path:
    command = [ALEMBIC, "init", "--template", template, "migrations"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    (folder / "migrations/versions/aa0000000001_lamps.py").write_text(REVISION)
    return folder


@pytest.mark.parametrize("template", ["generic", "async", "pyproject", "pyproject_async"])
def test_a_template_is_rehearsed_as_it_is(template: str, tmp_path: Path) -> None:
    done = rehearsal("run", "--format", "json", folder=initialised(tmp_path, template))
    assert done.stdout, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    assert (done.returncode, report["findings"]) == (0, [])
    assert report["summary"]["heads"] == ["aa0000000001"]


def test_without_an_alembic_ini_pyproject_is_enough(tmp_path: Path) -> None:
    folder = initialised(tmp_path, "pyproject")
    (folder / "alembic.ini").unlink()
    env_py = folder / "migrations" / "env.py"
    text = env_py.read_text()  # it configures logging from the deleted file
    env_py.write_text(text.replace("if config.config_file_name is not None:", "if False:"))
    done = rehearsal("run", folder=folder)
    assert done.returncode == 0, done.stderr
    assert "head aa0000000001" in done.stdout


def test_several_databases_in_one_run_are_refused_plainly(tmp_path: Path) -> None:
    folder = initialised(tmp_path, "multidb")
    done = rehearsal("run", folder=folder)
    assert done.returncode in (1, 3)
    assert "Traceback" not in done.stderr + done.stdout
