"""Turns a report into text: one module for each format."""
