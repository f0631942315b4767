"""What the project says about itself: `[tool.rehearsal]` in pyproject.toml, or rehearsal.toml.

Files are read in `files.py` and the environment in `environment.py` alone, so that every other
room is told what it needs.
"""
