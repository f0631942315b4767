"""The owner of a container: a process, as text for a label that another process can check."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path


def current_owner() -> str:
    """This process: host, process id, and start time, because process ids are used again."""
    return f"{platform.node()} {os.getpid()} {_start_time(os.getpid())}"


def is_owner_gone(owner: str) -> bool:
    """Whether the owner has ended.  False for a process of another host: it cannot be checked."""
    host, pid, started = owner.split(" ", 2)
    return host == platform.node() and _start_time(int(pid)) != started


def _start_time(pid: int) -> str:
    """The start time of a process, as the system prints it; "" when it has ended."""
    if Path("/proc/self/stat").exists():
        try:
            # The process name may hold spaces and brackets; starttime is field 22 (proc(5)).
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
        except OSError:
            return ""
    command = ["ps", "-o", "lstart=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True).stdout.strip()
