"""What each revision of a history does to the schema, found out by running it."""

from __future__ import annotations

from alembic_rehearsal.recording.memory import recorded_anew, remembered
from alembic_rehearsal.recording.one_pass import record

__all__ = ["record", "recorded_anew", "remembered"]
