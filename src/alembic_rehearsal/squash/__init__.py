"""Replace the revisions that production has applied by one baseline revision, proven first."""
