"""An application that makes its tables while it is imported."""

import os

from sqlalchemy import Column, Integer, MetaData, Table, create_engine

engine = create_engine(os.environ["DATABASE_URL"])
metadata = MetaData()
Table("jobs", metadata, Column("id", Integer, primary_key=True))
metadata.create_all(engine)
