"""In which department of a city its people are."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, insert, select

from auditor.store.workspace.opening import Database
from auditor.store.workspace.tables import DEPARTMENTS


class Departments:
    """The departments of the people of each city."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, account_id: int, city: str, department: str) -> None:
        """Say in which department somebody is in a city; an empty one takes it away."""
        key = (DEPARTMENTS.c.account_id == account_id) & (DEPARTMENTS.c.city == city)
        with self._database.write() as connection:
            connection.execute(delete(DEPARTMENTS).where(key))
            if department:
                row = {"account_id": account_id, "city": city, "department": department}
                connection.execute(insert(DEPARTMENTS).values(**row))

    def of(self, account_id: int, city: str) -> str:
        """The department of somebody in a city, empty for none."""
        return self.in_city(city).get(account_id, "")

    def in_city(self, city: str) -> Mapping[int, str]:
        """The departments of a city by account."""
        with self._database.read() as connection:
            rows = connection.execute(select(DEPARTMENTS).where(DEPARTMENTS.c.city == city))
            return {row.account_id: row.department for row in rows}
