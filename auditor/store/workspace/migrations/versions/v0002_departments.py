"""Departments of a city: whose a matter is, and who is in which; what a matter asks."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the table."""
    text = sa.String(length=64)
    op.add_column("matters", sa.Column("department", text, nullable=False, server_default=""))
    op.add_column("matters", sa.Column("payload", sa.Text(), nullable=False, server_default="{}"))
    op.create_table(
        "departments",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("city", sa.String(length=64), nullable=False),
        sa.Column("department", text, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_departments_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "city", name=op.f("pk_departments")),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("departments")
    with op.batch_alter_table("matters") as matters:
        matters.drop_column("payload")
        matters.drop_column("department")
