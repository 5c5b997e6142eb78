"""Audits that are queued, followed and cancelled; versions of corrections of a run's papers."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None
JOB_COLUMNS = (("asked", 16), ("begun_at", 40), ("process_mark", 64))


def upgrade() -> None:
    """Say of a job what was asked of it and which process it is; make the table of corrections."""
    for name, length in JOB_COLUMNS:
        text = sa.String(length=length)
        op.add_column("jobs", sa.Column(name, text, nullable=False, server_default=""))
    op.create_table(
        "corrections",
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(length=128), nullable=False),
        sa.Column("made_at", sa.String(length=40), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_corrections_run_id")),
        sa.PrimaryKeyConstraint("run_id", "version", name=op.f("pk_corrections")),
    )


def downgrade() -> None:
    """Drop both."""
    op.drop_table("corrections")
    with op.batch_alter_table("jobs") as jobs:
        for name, _length in JOB_COLUMNS:
            jobs.drop_column(name)
