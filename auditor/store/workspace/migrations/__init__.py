"""Migrations of a workspace's database (Alembic)."""
