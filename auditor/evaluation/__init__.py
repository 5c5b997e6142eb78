"""Gold sets and measures behind ``auditor eval`` (pure)."""
