"""The exceptions of the library, each with the exit code of the command that it ends.

A fault *in* a history or a schema is never an exception, but a finding
(`rehearsal.facts.findings.Finding`).  Nothing here prints: the commands turn an error into text
and an exit code.
"""

from __future__ import annotations

import errno

RETAKE_SNAPSHOT = "rehearsal snapshot take --from URL   (takes it again)"


class RehearsalError(Exception):
    """The command cannot continue (exit 3, unless a subclass sets another code).

    `what` is one sentence that contains the value at fault.  `why` adds a reason if it is not
    obvious.  `remedies` are commands or settings to try, the most likely first.  None of the
    three may contain a password: mask URLs with `urls.mask` first.
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
    """The command stops before it could damage something that is not ours (exit 1)."""

    exit_code = 1


class SystemCallFailed(RehearsalError):
    """A call of the operating system failed: a disk is full, a folder is not writable."""

    @classmethod
    def from_os_error(cls, error: OSError) -> SystemCallFailed:
        """This error for an `OSError`, with the name of the file if the system gives one."""
        where = f"{error.filename}: " if error.filename else ""
        remedies = {
            errno.ENOSPC: ("df -h   (which disk is full; then free some space on it)",),
            errno.EROFS: ("a folder on a disk that can be written",),
            errno.EACCES: (f"ls -ld {error.filename}   (who may write there)",),
        }
        what = f"{where}{error.strerror or error}."
        return cls(what, remedies=remedies.get(error.errno or 0, ()))


class NoServer(RehearsalError):
    """No PostgreSQL server could be started or reached; `why` lists every place that was tried."""


class MayNotRead(RehearsalError):
    """The account may not read everything that is needed; `what` lists what it may not read."""


class LockTimeout(RehearsalError):
    """Another session held a lock for too long: one of Postgres, or the mutex of a deployment."""


class WrongServer(RehearsalError):
    """The server cannot hold this snapshot: older major, missing extension or role."""


class SnapshotUnreadable(RehearsalError):
    """The snapshot is truncated, is not SQL, or does not match its provenance."""


class LockFileUnreadable(RehearsalError):
    """`history.lock` cannot be read: edited by hand, in conflict, or of another format version."""


class DatabaseNotEmpty(RehearsalError):
    """The target of a restore is not an empty database."""


class ProjectDoesNotLoad(RehearsalError):
    """The project's Alembic configuration, env.py or application cannot be loaded."""


class HistoryDoesNotLoad(RehearsalError):
    """Alembic cannot load the revision files: what check H2 finds, for other commands (exit 1)."""

    exit_code = 1


class NoMigrationRan(ProjectDoesNotLoad):
    """env.py ended without an error, but ran no migration."""


class BootstrapFailed(RehearsalError):
    """The `bootstrap` of the settings, which runs before the first migration, failed."""


class ToolFailed(RehearsalError):
    """A part of this tool failed, and not a migration."""


class MigrationFailed(RehearsalError):
    """A migration failed on the database that the user asked to migrate (exit 1)."""

    exit_code = 1


class DifferentMajors(UsageError):
    """Schemas of two PostgreSQL majors cannot be compared directly (exit 2)."""
