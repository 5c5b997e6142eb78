"""The nouns of the auditor: frozen values, enums and the error tree (standard library only)."""
