"""The jobs of archives in a database: SQLite, or PostgreSQL for several machines."""
