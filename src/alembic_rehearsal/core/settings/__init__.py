"""What the project says about itself: `[tool.rehearsal]` in pyproject.toml, or rehearsal.toml.

Files are read in `files.py` and the environment in `environment.py` alone, so that every other
room is told what it needs.
"""

from alembic_rehearsal.settings.environment import cores, environment, seed_from_environment
from alembic_rehearsal.settings.files import find_settings, is_configuration
from alembic_rehearsal.settings.nearest import did_you_mean
from alembic_rehearsal.settings.values import Settings, Waiver, alembic_command, config_option

__all__ = [
    "Settings",
    "Waiver",
    "alembic_command",
    "config_option",
    "cores",
    "did_you_mean",
    "environment",
    "find_settings",
    "is_configuration",
    "seed_from_environment",
]
