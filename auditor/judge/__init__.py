"""Search record -> judgement: one port, three adapters (hosted, local, screen)."""
