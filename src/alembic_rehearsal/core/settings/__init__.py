"""What the project says about itself: `[tool.rehearsal]` in pyproject.toml, or rehearsal.toml.

Files are read in `files.py` and the environment in `environment.py` alone, so that every other
room is told what it needs.
"""

from alembic_rehearsal.core.settings.environment import cores, environment, seed_from_environment
from alembic_rehearsal.core.settings.files import find_settings, is_configuration
from alembic_rehearsal.core.settings.values import Settings, Waiver, alembic_command, config_option
from alembic_rehearsal.core.values.did_you_mean import did_you_mean

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
