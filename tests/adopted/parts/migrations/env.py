from alembic import context
from settings import DATABASE
from sqlalchemy import NullPool, create_engine

if context.is_offline_mode():
    context.configure(dialect_name="postgresql")
    with context.begin_transaction():
        context.run_migrations()
else:
    with create_engine(DATABASE, poolclass=NullPool).connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
