"""The sample project, broken in many ways, and which tool finds it: `nox -s scoreboard`."""
