"""The sample application: the owner of the models that `alembic/` migrates.

It stands in for your own application and knows nothing of `alembic_rehearsal`.
"""
