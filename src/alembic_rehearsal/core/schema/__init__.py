"""A picture of a database's schema: how it is read, compared, hashed and printed."""
