"""What the city's own people may see and do: what is addressed to them, nothing else.

A coordinator sees all that is addressed to the city; a filler only the problems and papers that
were given to their department.
"""

from __future__ import annotations

from dataclasses import dataclass

from auditor.core.access import Account, Right, Role
from auditor.core.errors import ReviewError
from auditor.core.workspace import Matter, MatterState
from auditor.store.workspace.departments import Departments
from auditor.workbench.problems import TRACKED, department_of
from auditor.workbench.space import Space


@dataclass(frozen=True, slots=True)
class CityPerson:
    """Somebody of the city: ``speaks`` for it, or is in a department (empty: in none)."""

    account: Account
    city: str
    speaks: bool
    department: str

    def sees(self, matter: Matter) -> bool:
        """Whether a matter is addressed to them."""
        if self.speaks:
            return True
        own = bool(self.department) and matter.department == self.department
        return own and matter.kind in TRACKED


def person_of(space: Space, account: Account, city: str) -> CityPerson:
    """Who somebody is on the city's side."""
    department = Departments(space.database).of(account.id, city)
    return CityPerson(account, city, account.may(Right.ANSWER_CITY, city), department)


def matters_for(space: Space, person: CityPerson, run_id: str) -> tuple[Matter, ...]:
    """What of a run is addressed to somebody of the city."""
    return tuple(m for m in space.matters.of_run(run_id) if person.sees(m))


def fillers_of(space: Space, city: str) -> tuple[tuple[Account, str], ...]:
    """The city's fillers (部门填报员) with their departments."""
    departments = Departments(space.database).in_city(city)
    return tuple(
        (account, departments.get(account.id, ""))
        for account in space.people.accounts.all()
        if account.active and Role.FILLER in account.roles_in(city)
    )


def place_filler(space: Space, city: str, account_id: int, department: str) -> None:
    """Say in which department a filler is; raises ``ReviewError`` for somebody who is none."""
    if account_id not in {account.id for account, _ in fillers_of(space, city)}:
        raise ReviewError("没有这位填报员 (no such filler).", hint="请从名单中选择。")
    Departments(space.database).put(account_id, city, department_of(department))


def give_to_department(space: Space, matter: Matter, department: str) -> None:
    """Give a problem to a department; raises ``ReviewError`` for what no department answers."""
    if matter.kind not in TRACKED or matter.state is MatterState.CLOSED:
        raise ReviewError("此事项不能交部门办理 (not for a department).", hint="请刷新。")
    space.matters.give_to(matter.id, department_of(department))


def departments_of(space: Space, city: str, run_id: str) -> tuple[str, ...]:
    """The names of departments that are in use, sorted."""
    named = {m.department for m in space.matters.of_run(run_id)}
    return tuple(sorted((named | set(Departments(space.database).in_city(city).values())) - {""}))
