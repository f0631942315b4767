"""The script of a deployment: bring the application's database to head; drop nothing."""

from __future__ import annotations

import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT / "src"))

from alembic_rehearsal.cli.rehearsal_init import main  # noqa: E402
from api.config.settings import settings  # noqa: E402

if __name__ == "__main__":
    sys.exit(main(config=CHECKOUT / "alembic.ini", application_url=settings.DATABASE_URL))
