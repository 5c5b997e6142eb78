"""``auditor doctor --deep``: every part does its work once, on a sample that is invented here."""
