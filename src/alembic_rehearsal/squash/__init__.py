"""The history that production has passed, as one revision, proven first."""
