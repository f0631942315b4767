"""Conversions between a driver's connection parameters, places and targets.

A *target* is a dict from the parent: dialect, host, port, user, password, database, options,
rehearsal; or dialect "sqlite", path, rehearsal.  A *place* is the part of a driver's
parameters that says where to connect to; it never holds a password.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
import urllib.parse
from collections.abc import Mapping
from typing import Any

# The target while none is known, for instance when env.py's imports are run in advance.
PLACEHOLDER = {
    "dialect": "postgresql",
    "host": "database.invalid",
    "port": 5432,
    "user": "rehearsal",
    "password": "rehearsal",
    "database": "rehearsal",
    "options": {},
    "rehearsal": True,
}
_PLACE_KEYS = ("host", "hostaddr", "port", "user", "database", "service")
# Parameters that say where to connect to, or that a throwaway server does not support.
_PLACE_PARAMETERS = re.compile(
    r"host|hostaddr|port|user|password|dbname|database|dsn|conninfo|service|servicefile|passfile"
    r"|unix_sock|sock|ssl.*|gss.*|krb.*|direct_tls|requiressl|requirepeer|require_auth"
    r"|channel_binding|target_session_attrs|load_balance_hosts"
)


def place_of(asked: Mapping[str, Any]) -> dict[str, str]:
    """host, port, user, database (where given) of any driver's connection parameters."""
    place: dict[str, Any] = _parse_dsn(_text(asked.get("dsn") or asked.get("conninfo") or ""))
    place.update({key: value for key, value in asked.items() if value is not None})
    if asked.get("unix_sock"):
        place["host"], _, place["port"] = str(asked["unix_sock"]).rpartition("/.s.PGSQL.")
    place["database"] = place.get("dbname") or place.get("database")
    return {key: _text(place[key]) for key in _PLACE_KEYS if place.get(key)}


def _parse_dsn(dsn: str) -> dict[str, Any]:
    if "://" not in dsn:
        return dict(re.findall(r"(\w+)\s*=\s*'?([^\s']*)", dsn))
    with contextlib.suppress(ValueError):
        url = urllib.parse.urlsplit(dsn)
        place: dict[str, Any] = {"host": url.hostname, "port": url.port, "user": url.username}
        place["database"] = urllib.parse.unquote(url.path.strip("/"))
        return dict(place, **dict(urllib.parse.parse_qsl(url.query)))
    return {"host": "an unreadable URL"}


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return os.fsdecode(value)
    return ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def place_text(place: Mapping[str, str]) -> str:
    """A place as text for messages, in the form of a URL."""
    if "service" in place:
        return f"service={place['service']}"
    user = f"{place['user']}@" if "user" in place else ""
    port = f":{place['port']}" if "port" in place else ""
    host = place.get("host") or place.get("hostaddr") or ""
    return f"postgresql://{user}{host}{port}/{place.get('database', '')}"


def is_target(place: Mapping[str, str], target: Mapping[str, Any]) -> bool:
    """Whether a place is the target; missing parts get libpq's defaults."""
    host = place.get("host") or place.get("hostaddr") or os.environ.get("PGHOST") or "localhost"
    port = place.get("port") or os.environ.get("PGPORT") or "5432"
    database = place.get("database") or os.environ.get("PGDATABASE") or place.get("user")
    wanted = (_normal_host(target["host"]), str(target["port"] or 5432), target["database"])
    is_same: bool = (_normal_host(host), port, database) == wanted
    return is_same and "service" not in place


def _normal_host(host: str) -> str:
    return "localhost" if host in ("127.0.0.1", "::1", "") else host.lower()


def without_place(asked: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that are not about the place: timeouts, application_name, server options."""
    return {key: value for key, value in asked.items() if not _PLACE_PARAMETERS.fullmatch(key)}


def libpq_parameters(target: Mapping[str, Any]) -> dict[str, Any]:
    place = {key: target[key] for key in ("host", "port", "user", "password") if target[key]}
    return dict(place, dbname=target["database"], **target["options"])


def target_parameters(driver: str, target: Mapping[str, Any]) -> dict[str, Any]:
    """The target as connection parameters of one driver."""
    if driver not in ("asyncpg", "pg8000"):
        return libpq_parameters(target)
    place = {key: target[key] for key in ("host", "port", "user", "password", "database")}
    mode = target["options"].get("sslmode", "")
    if driver == "asyncpg":
        return dict(place, ssl=mode or False)
    if target["host"].startswith("/"):
        place["unix_sock"] = f"{place.pop('host')}/.s.PGSQL.{place.pop('port')}"
    is_secured = mode in ("require", "verify-ca", "verify-full")
    return dict(place, ssl_context=True) if is_secured else place


def socket_addresses(target: Mapping[str, Any] | None) -> set[object]:
    """The addresses of the target for sockets: (host, port) pairs, or the path of a Unix socket."""
    if target is None or target["dialect"] != "postgresql":
        return set()
    host, port = target["host"] or "localhost", target["port"] or 5432
    if host.startswith("/"):
        return {f"{host}/.s.PGSQL.{port}"}
    addresses: set[object] = {(host, port)}
    with contextlib.suppress(OSError):
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses.update(tuple(each[4][:2]) for each in found)
    return addresses
