"""The kinds of objects in PostgreSQL's catalogs, as families; `families.py` lists all of them."""
