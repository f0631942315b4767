"""Every check, and what turns facts into findings: pure, nothing here reaches out."""
