"""An experiment: what a small language model could add to ``screen`` (docs/adr/0013)."""
