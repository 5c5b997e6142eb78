"""Files -> ``Document``s: one module per format, one dispatch table."""
