"""Experiments drive Postgres and return facts; they hold no opinion on what they see."""
