"""What a project's own command puts around env.py: for Flask-Migrate, an application's context.

`flask db upgrade` finds the application by FLASK_APP, or in app.py or wsgi.py, and so do we.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

_NEEDS_FLASK = re.compile(r"^\s*from flask import .*\bcurrent_app\b|\bflask\.current_app\b", re.M)


def default_script_location(config_path: str) -> str:
    """The folder of an alembic.ini that names no script_location and has an env.py beside it."""
    folder = Path(config_path).resolve().parent
    return str(folder) if (folder / "env.py").is_file() else ""


@contextlib.contextmanager
def flask_context(env_text: str) -> Iterator[None]:
    """A block in which env.py finds what it asks for; raises what Flask says where it cannot."""
    if not _NEEDS_FLASK.search(env_text):
        yield
        return
    from flask.cli import ScriptInfo, load_dotenv  # type: ignore[import-not-found]

    load_dotenv()
    with ScriptInfo(app_import_path=os.environ.get("FLASK_APP")).load_app().app_context():
        yield
