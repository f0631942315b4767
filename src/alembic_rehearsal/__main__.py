"""`python -m alembic_rehearsal`: the same as `rehearsal`."""

from __future__ import annotations

from alembic_rehearsal.cli.rehearsal import main

if __name__ == "__main__":
    main()
