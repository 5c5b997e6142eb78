"""How the documents of one dossier stand to one another: foreign, double, superseded, excerpts."""

from auditor.dossier.settling import settle

__all__ = ["settle"]
