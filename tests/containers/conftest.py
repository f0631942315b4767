"""Docker tests run where a daemon answers; elsewhere they are skipped, with the reason.

With REHEARSAL_REQUIRE_DOCKER=1 a missing daemon or image is a failure.
"""

from __future__ import annotations

import os

import pytest

from alembic_rehearsal.core.postgres.servers.containers import connect_docker
from alembic_rehearsal.core.values.errors import NoServer

MAJORS = (15, 18)


def missing() -> str:
    """What is missing for these tests; "" if nothing is."""
    try:
        with connect_docker() as client:
            tags = {tag for image in client.images.list(name="postgres") for tag in image.tags}
    except NoServer as error:
        return f"{error.what} {error.why}"
    absent = [f"postgres:{major}" for major in MAJORS if f"postgres:{major}" not in tags]
    return f"no image {', '.join(absent)}" if absent else ""


@pytest.fixture(scope="session")
def lacking() -> str:
    return missing()


@pytest.fixture(autouse=True)
def _docker(lacking: str) -> None:
    if lacking and os.environ.get("REHEARSAL_REQUIRE_DOCKER") == "1":
        pytest.fail(lacking)
    if lacking:
        pytest.skip(lacking)
