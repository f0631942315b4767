import os

from sqlalchemy import Column, Integer, MetaData, Table, Text, create_engine

metadata = MetaData()
Table("pages", metadata, Column("id", Integer, primary_key=True), Column("title", Text))


def install():
    """What the application's setup does: all tables of today, stamped as the history's second."""
    from alembic import command
    from alembic.config import Config

    engine = create_engine(os.environ["DATABASE_URL"])
    metadata.create_all(engine)
    engine.dispose()
    command.stamp(Config("alembic.ini"), "b90000000002")


if __name__ == "__main__":
    install()
