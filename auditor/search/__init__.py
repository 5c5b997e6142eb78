"""Dossier -> search records: embedder, vector index, lexical index, fusion."""
