"""An experiment: the embedder's upper layers tuned on quotes (docs/adr/0012)."""
