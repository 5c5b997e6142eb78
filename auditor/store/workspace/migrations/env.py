"""Alembic's entry: migrate over the connection that the opener gives."""

from alembic import context

from auditor.store.workspace.tables import METADATA

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    render_as_batch=connection.dialect.name == "sqlite",
)
if connection.dialect.name == "sqlite":
    connection.exec_driver_sql("BEGIN IMMEDIATE")
with context.begin_transaction():
    context.run_migrations()
connection.commit()
