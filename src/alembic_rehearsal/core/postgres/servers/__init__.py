"""PostgreSQL servers to rehearse on: found, started, and gone when they should be."""
