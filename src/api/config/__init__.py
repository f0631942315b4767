"""Where the application learns what it must be told from outside."""
