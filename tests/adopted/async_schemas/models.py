from sqlalchemy import Column, Integer, MetaData, Table, Text

metadata = MetaData(schema="app")
users = Table("users", metadata, Column("id", Integer, primary_key=True), Column("name", Text))
