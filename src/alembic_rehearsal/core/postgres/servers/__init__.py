"""PostgreSQL servers to rehearse on: find a source, start a server, stop it."""
