"""What runs inside the project's own interpreter: it reads its history and takes its steps.

The parent never imports these modules: `interpreter.py` feeds their text to an interpreter
that has the project's Alembic (1.8 or later) and SQLAlchemy (1.4 or later) and not this
package.  So they are written in the syntax of Python 3.8, import nothing of ours but each
other, and decide nothing.
"""
