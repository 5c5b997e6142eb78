"""The sample dossier of a fictional city, the twin dossiers, and the scripts that build them."""
