"""Support for Flask-Migrate, whose env.py needs the context of a Flask application.

As `flask db upgrade` does, it finds the application by FLASK_APP, or in app.py or wsgi.py.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

_NEEDS_FLASK = re.compile(r"^\s*from flask import .*\bcurrent_app\b|\bflask\.current_app\b", re.M)


def default_script_location(config_path: str) -> str:
    """The folder of alembic.ini if env.py is in the same folder, else ""."""
    folder = Path(config_path).resolve().parent
    return str(folder) if (folder / "env.py").is_file() else ""


@contextlib.contextmanager
def flask_context(env_text: str) -> Iterator[None]:
    """A block with Flask's application context, if env.py needs one; raises Flask's own errors."""
    if not _NEEDS_FLASK.search(env_text):
        yield
        return
    from flask.cli import ScriptInfo, load_dotenv  # type: ignore[import-not-found]

    load_dotenv()
    with ScriptInfo(app_import_path=os.environ.get("FLASK_APP")).load_app().app_context():
        yield
