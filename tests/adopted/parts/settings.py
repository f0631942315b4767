"""Parts of a URL, each from a variable of its own; only the password has to be there."""

import os

from sqlalchemy import URL

DATABASE = URL.create(
    "postgresql+psycopg2",
    username=os.environ.get("POSTGRES_USER", "app"),
    password=os.environ["POSTGRES_PASSWORD"],
    host=os.environ.get("POSTGRES_HOST", "db"),
    port=int(os.environ.get("POSTGRES_PORT", "5432")),
    database=os.environ.get("POSTGRES_DB", "app"),
)
