"""What ckan does before it migrates, then its own env.py, unedited."""

import runpy
from pathlib import Path

import ckan.model
from alembic import context
from ckan.common import config

url = context.config.get_main_option("sqlalchemy.url")
config.update({"sqlalchemy.url": url, "ckan.plugins": ""})
runpy.run_path(str(Path(ckan.__file__).parent / "migration" / "env.py"))
