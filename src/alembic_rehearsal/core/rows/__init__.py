"""Rows of a database: checksums to compare them, and reference rows as SQL."""
