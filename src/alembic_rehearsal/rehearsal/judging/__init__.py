"""Turns evidence into a report: checks are run, findings waived and merged; pure functions."""
