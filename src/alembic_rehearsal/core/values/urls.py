"""Database URLs: a parser for what users write, a renderer, and masking of passwords.

It uses only the standard library, so that commands which need no SQLAlchemy start without it.
It connects to nothing and reads no environment variable.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote, urlencode

from alembic_rehearsal.core.values.errors import UsageError

_URL_PATTERN = re.compile(
    r"(?P<scheme>[A-Za-z][\w.+-]*)://"
    r"(?:(?P<user>[^:/@]*)(?::(?P<password>.*))?@)?"
    r"(?P<host>\[[^\]]*\]|[^:/?@]*)(?::(?P<port>[^/?@]*))?"
    r"(?:/(?P<database>[^?]*))?(?:\?(?P<query>.*))?",
    re.DOTALL,
)
_POSTGRES_SCHEMES = ("postgres", "postgresql")


@dataclass(frozen=True, slots=True)
class Url:
    """The parts of one database URL, percent-decoded.

    `dialect` is the name before "+", such as "postgresql" or "sqlite"; `driver` is "" if the
    URL names none.  `port` is 0 if none is given.  `query` has the options in their order.
    """

    dialect: str
    driver: str
    user: str
    password: str = field(repr=False)
    host: str
    port: int
    database: str
    query: tuple[tuple[str, str], ...] = ()

    @property
    def is_postgres(self) -> bool:
        """Whether the URL is one of a PostgreSQL database."""
        return self.dialect == "postgresql"

    def render(self, *, password: str | None = None) -> str:
        """The URL as text; a given `password` replaces the real one, for masking."""
        secret = self.password if password is None else password
        if password is None:
            secret = quote(secret, safe="")
        scheme = f"{self.dialect}+{self.driver}" if self.driver else self.dialect
        user = quote(self.user, safe="") + (f":{secret}" if self.password else "")
        host = f"[{self.host}]" if ":" in self.host else quote(self.host, safe="")
        place = host + (f":{self.port}" if self.port else "")
        safe_options = [
            (key, "***" if password is not None and "pass" in key.lower() else value)
            for key, value in self.query
        ]
        query = "?" + urlencode(safe_options, safe="/*") if safe_options else ""
        at = "@" if user else ""
        return f"{scheme}://{user}{at}{place}/{quote(self.database, safe='/:.~ ')}{query}"

    @property
    def masked(self) -> str:
        """The URL with `***` for its password: the only form that may be printed."""
        return self.render(password="***")


def parse_url(text: str) -> Url:
    """Parse a database URL as users write it.

    `postgres://` is read as `postgresql://`.  A `@` or `/` in a password must be
    percent-encoded, as for SQLAlchemy.  Raises `UsageError`, with the password masked, if the
    text is not a URL or its port is not a number up to 65535.
    """
    found = _URL_PATTERN.fullmatch(text.strip())
    if found is None:
        # Text that is not a URL cannot be masked: all of it may be a password.
        raise UsageError(
            f"this is not a database URL ({len(text)} characters; it may hold a password).",
            remedies=("postgresql://USER:PASSWORD@HOST:5432/NAME",),
        )
    dialect, _, driver = found["scheme"].lower().partition("+")
    port = found["port"] or "0"
    if not port.isdigit() or int(port) > 65535:
        raise UsageError(
            f"the port {port!r} in the database URL {mask(text)} is not a number up to 65535.",
            why="a password with '@', ':' or '/' in it must be percent-encoded.",
        )
    return Url(
        dialect="postgresql" if dialect in _POSTGRES_SCHEMES else dialect,
        driver=driver,
        user=unquote(found["user"] or ""),
        password=unquote(found["password"] or ""),
        host=unquote((found["host"] or "").strip("[]")),
        port=int(port),
        database=unquote(found["database"] or ""),
        query=tuple(parse_qsl(found["query"] or "", keep_blank_values=True)),
    )


def mask(text: str) -> str:
    """The text with `***` for the passwords in URLs and in `password=...` pairs."""
    text = re.sub(r"(://[^:/@\s]*:)[^\s'\"]*(?=@)", r"\1***", text)
    return re.sub(r"(?i)\b(password\s*=\s*)('[^']*'|[^\s&'\"]+)", r"\1***", text)
