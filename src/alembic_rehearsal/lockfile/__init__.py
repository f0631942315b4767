"""history.lock: the source hash of each revision, and the schema objects that it changes."""
