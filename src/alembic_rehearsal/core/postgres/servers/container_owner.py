"""Which process something belongs to, in a form that can be written on it and checked later."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path


def current_owner() -> str:
    """This process: host, number, and start, as numbers are used again."""
    return f"{platform.node()} {os.getpid()} {_start_time(os.getpid())}"


def is_owner_gone(owner: str) -> bool:
    """Whether the owner has ended.  Of another host's processes nothing is known: False."""
    host, number, started = owner.split(" ", 2)
    return host == platform.node() and _start_time(int(number)) != started


def _start_time(number: int) -> str:
    """When a process started, in the system's own words; "" for one that is gone."""
    if Path("/proc/self/stat").exists():
        try:
            # The name may hold spaces and brackets; starttime is field 22 (proc(5)).
            return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[19]
        except OSError:
            return ""
    asked = ["ps", "-o", "lstart=", "-p", str(number)]
    return subprocess.run(asked, capture_output=True, text=True).stdout.strip()
