"""PostgreSQL: connections, databases, programs of an installation, servers."""
