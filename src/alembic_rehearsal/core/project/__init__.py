"""A project and its Alembic, which run in the project's own interpreter (`child/`)."""
