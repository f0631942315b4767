"""Experiments: each drives Postgres and returns one fact; none of them judges it."""
