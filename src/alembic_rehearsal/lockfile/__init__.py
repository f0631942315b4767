"""history.lock: what each revision means, and what it makes of the schema."""
