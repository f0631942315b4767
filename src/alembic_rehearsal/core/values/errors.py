"""What can go wrong before a judgement is possible, each as one exception with its exit code.

What is wrong *in* a history or a schema is a finding (`findings.Finding`), never an
exception.  Nothing here prints: the doors turn an error into text and an exit code.
"""

from __future__ import annotations

import errno

RETAKE_SNAPSHOT = "rehearsal snapshot take --from URL   (takes it again)"


class RehearsalError(Exception):
    """Something stopped the command; the text says what, why it matters and what to type.

    `what` is one sentence with the value in it.  `why` adds a reason where it is not
    obvious.  `ways_out` are commands or settings, most likely first.  None of them may
    carry a password: mask URLs with `urls.mask` before they come here.
    """

    exit_code = 3

    def __init__(self, what: str, *, why: str = "", remedies: tuple[str, ...] = ()) -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.remedies = remedies


class UsageError(RehearsalError):
    """The command line, the settings or a configured file is wrong (exit 2)."""

    exit_code = 2


class Refused(RehearsalError):
    """Going on could damage something that is not ours (exit 1: `init_db`'s "refused")."""

    exit_code = 1


class SystemCallFailed(RehearsalError):
    """The operating system did: a disk is full, a folder cannot be written."""

    @classmethod
    def from_os_error(cls, error: OSError) -> SystemCallFailed:
        """The error of a system call, with the file where the system names one."""
        where = f"{error.filename}: " if error.filename else ""
        remedies = {
            errno.ENOSPC: ("df -h   (which disk is full; then free some space on it)",),
            errno.EROFS: ("a folder on a disk that can be written",),
            errno.EACCES: (f"ls -ld {error.filename}   (who may write there)",),
        }
        what = f"{where}{error.strerror or error}."
        return cls(what, remedies=remedies.get(error.errno or 0, ()))


class NoServer(RehearsalError):
    """No PostgreSQL could be started or reached; `why` lists every place looked at."""


class MayNotRead(RehearsalError):
    """The account lacks rights that reading a schema takes; `what` lists what is closed to it."""


class LockTimeout(RehearsalError):
    """Somebody else is at work on the database, and was not done in time."""


class WrongServer(RehearsalError):
    """The server cannot hold this snapshot: older major, missing extension or role."""


class SnapshotUnreadable(RehearsalError):
    """The snapshot is truncated, is not SQL, or is not what its provenance says."""


class LockFileUnreadable(RehearsalError):
    """`history.lock` is no lock file: edited by hand, in conflict, or another version's."""


class DatabaseNotEmpty(RehearsalError):
    """A restore was asked for into a database that holds something already."""


class ProjectDoesNotLoad(RehearsalError):
    """The project's Alembic configuration, env.py or application cannot be loaded."""


class NoMigrationRan(ProjectDoesNotLoad):
    """env.py came to its end without an error, and ran no migration on the way."""


class BootstrapFailed(RehearsalError):
    """What the settings have to be run before the first migration did not succeed."""


class ToolFailed(RehearsalError):
    """The tool's own experiment failed; this never blames a migration."""


class MigrationFailed(RehearsalError):
    """A migration did not run on the database that the user asked to migrate (exit 1)."""

    exit_code = 1


class DifferentMajors(UsageError):
    """Schemas of two PostgreSQL majors were to be compared as they stand (exit 2)."""
