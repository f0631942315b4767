"""How pytest-alembic is set up, so that it passes on the unbroken sample.

These files run in its environment, as tests/conftest.py and tests/test_models.py of the
copied project; `judges` puts them there.
"""
