from alembic import context
from app import engine, metadata


def run(**target):
    context.configure(target_metadata=metadata, **target)
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    run(dialect_name="postgresql")
else:
    with engine.connect() as connection:
        run(connection=connection)
