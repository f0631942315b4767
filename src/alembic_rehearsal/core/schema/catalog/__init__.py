"""The catalogs of PostgreSQL as families of objects: a file for each kind, and `families.py` for all."""
