"""The fence: the project may connect to one target database, and to nothing else.

It decides, reports, and cleans libpq's environment variables.  It intercepts nothing itself:
`drivers.py` (Python drivers) and `audit_hook.py` (the interpreter's own events) call it.
"""

from __future__ import annotations

import os
import re
from typing import Any, NoReturn

from alembic_rehearsal.core.project.child.targets import (
    PLACEHOLDER,
    is_target,
    libpq_parameters,
    place_of,
    place_text,
    socket_addresses,
    target_parameters,
    without_place,
)
from alembic_rehearsal.core.project.child.wire import Wire

_NOWHERE = os.devnull + "/nowhere"
_LIBPQ_VARIABLE = re.compile(r"PG[A-Z]+")
_VARIABLES = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "dbname": "PGDATABASE"}


class FenceRefused(ConnectionRefusedError):
    """The project asked for another place; for the project it is a refused connection."""


class Fence:
    """The one admitted target; reports every attempt to connect elsewhere, each place once.

    While `target` is None, every attempt is refused without a report.  In a rehearsal all
    PostgreSQL connections are redirected to the target; in a real run (`rehearsal` False) they
    must ask for the target, and keep their own parameters.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._reported: set[tuple[str, str, str]] = set()
        self.target: dict[str, Any] | None = None
        self.addresses: set[object] = set()

    def admit(self, target: dict[str, Any] | None) -> None:
        """Make `target` the admitted one, also for libpq's environment variables."""
        self.target = target
        self.addresses = socket_addresses(target)
        self._clean_environment()

    def route(self, driver: str, asked: dict[str, Any]) -> dict[str, Any]:
        """The connection parameters to use instead of `asked`; `asked` itself in a real run.

        Raises `FenceRefused` when the connection is not allowed.
        """
        self._clean_environment()
        place, target = place_of(asked), self.target
        if target is None or target["dialect"] != "postgresql":
            self.refuse(driver, place_text(place))
        if not target["rehearsal"]:
            if not is_target(place, target):
                self.refuse(driver, place_text(place))
            return asked
        if not is_target(place, target) and place.get("host") != PLACEHOLDER["host"]:
            self._report(driver, place_text(place), "redirected")
        return dict(without_place(asked), **target_parameters(driver, target))

    def refuse(self, driver: str, asked: str) -> NoReturn:
        """Report the attempt and raise `FenceRefused`."""
        self._report(driver, asked, "refused")
        raise FenceRefused(
            f"the fence refused {asked} ({driver}): only the database of this run may be reached. "
            "If it is the application's database, name the variable that holds its URL in "
            "url_variables"
        )

    def _report(self, driver: str, asked: str, outcome: str) -> None:
        key = (driver, asked, outcome)
        if self.target is not None and key not in self._reported:
            self._reported.add(key)
            self._wire.send("detour", driver=driver, asked=asked, outcome=outcome)

    def _clean_environment(self) -> None:
        """Make libpq's defaults point at the target; called again for each connection.

        env.py may set variables late, and libpq prefers PGHOSTADDR to any host in a URL.
        """
        target = self.target
        if target is not None and not target["rehearsal"]:
            return
        for name in [each for each in os.environ if _LIBPQ_VARIABLE.fullmatch(each)]:
            del os.environ[name]
        for name in ("PGSERVICEFILE", "PGPASSFILE", "PGSYSCONFDIR", "PGHOST"):
            os.environ[name] = _NOWHERE
        if target is not None and target["dialect"] == "postgresql":
            for key, value in libpq_parameters(target).items():
                os.environ[_VARIABLES.get(key, "PG" + key.upper())] = str(value)
