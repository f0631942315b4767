"""Random passwords for our own servers, sent to the server as SCRAM verifiers only.

So no statement, log or command line contains a password.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets

ITERATIONS = 4096  # PostgreSQL's own number; drivers may refuse fewer


def new_password() -> str:
    return secrets.token_urlsafe(18)


def scram_verifier(password: str) -> str:
    """The verifier that PostgreSQL stores for an ASCII password (SCRAM-SHA-256, RFC 5803)."""
    salt = os.urandom(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ITERATIONS)
    client = hmac.digest(salted, b"Client Key", "sha256")
    stored = _base64(hashlib.sha256(client).digest())
    server = _base64(hmac.digest(salted, b"Server Key", "sha256"))
    return f"SCRAM-SHA-256${ITERATIONS}:{_base64(salt)}${stored}:{server}"


def set_password_sql(user: str, password: str) -> str:
    """The statement that sets a role's password; `user` is inserted without quoting."""
    return f"ALTER ROLE {user} PASSWORD '{scram_verifier(password)}'"


def _base64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()
