"""PostgreSQL programs on this machine: find them, and run servers with them."""
