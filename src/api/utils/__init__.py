"""The database, and the tables that live in it."""
