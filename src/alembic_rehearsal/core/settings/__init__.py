"""The settings of a project: `[tool.rehearsal]` in pyproject.toml, or rehearsal.toml."""
