"""A small shop, whose first tables were made by `create_all` long before Alembic came."""
