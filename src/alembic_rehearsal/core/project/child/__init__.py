"""The child: the program that runs inside the project's own interpreter.

It reads the history, runs migration steps, compares and creates the models, searches for
unimported models, renders SQL, writes a revision file and calls a function of the application.

The parent never imports these modules: `interpreter.py` sends their text to an interpreter
that has the project's Alembic (1.8 or later) and SQLAlchemy (1.4 or later), but not this
package.  So they are written in the syntax of Python 3.8, import nothing of ours but each
other, and judge nothing.
"""
