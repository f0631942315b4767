"""The sample history, broken in many ways, and who finds it: `nox -s scoreboard`."""
