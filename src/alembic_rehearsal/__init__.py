"""Rehearse Alembic migrations on a disposable PostgreSQL before production runs them.

cli             the commands `rehearsal` and `rehearsal-init`
pytest_plugin   fixtures with a migrated database, and `pytest --rehearsal`
rehearsal       `rehearsal run`: experiments, facts, checks, findings, the report
deploy          `rehearsal-init`: bring the database of a deployment to head, drop nothing
development     `rehearsal migrate`, `up`, `down`, `reset`: the development database
drift           `rehearsal drift`: a database compared with its history; revisions that end it
identify        `rehearsal identify`: the revision whose schema a database has
lockfile        `rehearsal lock`: history.lock, with hashes of sources and schemas
snapshot        `rehearsal snapshot`: production's schema in files
squash          `rehearsal squash`: many old revisions replaced by one
building        databases built from a project: from a revision, from the models, for tests
authoring       revisions written from the differences of two schemas
core            what all of these use: project, schema, rows, history, postgres, settings, values

Public are the commands `rehearsal` and `rehearsal-init`, the fixtures `migrated_database` and
`migrated_url`, and `alembic_rehearsal.cli.rehearsal_init.main`, which scripts/init_db.py calls.
Everything else may change in any release.
"""

from __future__ import annotations

__version__ = "0.1.0"
