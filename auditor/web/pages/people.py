"""Who may enter and do what; the log of entries and refusals; one's own password."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from auditor.core.access import EVERY_CITY, GRANTED, Account, Grant, Right, Role
from auditor.core.errors import ConfigurationError, ReviewError
from auditor.web.guard import NotThereError, Visit, needs
from auditor.web.rendering import page
from auditor.workbench.people import OWN_LOGIN

router = APIRouter(include_in_schema=False)
Manage = Annotated[Visit, needs(Right.MANAGE_PEOPLE)]
Log = Annotated[Visit, needs(Right.SEE_LOG)]
Enter = Annotated[Visit, needs(Right.ENTER)]
LONGEST_CITY = 64


@router.get("/people")
def people(visit: Manage) -> Response:
    """Everybody with their roles."""
    return page(
        visit,
        "people.html",
        accounts=visit.space.people.accounts.all(),
        roles=list(Role),
        granted=GRANTED,
        cities=sorted({entry.city for entry in visit.space.entries()}),
        every=EVERY_CITY,
    )


@router.post("/people")
def add(visit: Manage) -> Response:
    """Add a person with one role; further ones are given afterwards."""
    grant = grant_in(visit)
    account = visit.space.people.add(
        visit.text("login"), visit.text("name"), visit.text("password"), [grant]
    )
    _note(visit, "add_person", account, grant)
    return RedirectResponse("/people", 303)


def grant_in(visit: Visit) -> Grant:
    """The role and city of a form; raises ``ReviewError`` for what is no role."""
    try:
        role = Role(visit.text("role"))
    except ValueError as error:
        raise ReviewError("没有这个角色 (no such role).", hint="请从名单中选择。") from error
    return Grant(role, visit.text("city").strip()[:LONGEST_CITY] or EVERY_CITY)


def _account(visit: Visit, account_id: int) -> Account:
    account = visit.space.people.accounts.get(account_id)
    if account is None:
        raise NotThereError
    return account


def _note(visit: Visit, act: str, account: Account, grant: Grant | None = None) -> None:
    what = f"{account.login} {grant.role.value}@{grant.city}" if grant else account.login
    visit.space.people.note(visit.account.login, act, what, done=True)


@router.post("/people/{account_id}/grant")
def grant_role(visit: Manage, account_id: int) -> Response:
    """Give somebody one more role."""
    account, grant = _account(visit, account_id), grant_in(visit)
    visit.space.people.accounts.regrant(account.id, [*account.grants, grant])
    _note(visit, "grant", account, grant)
    return RedirectResponse("/people", 303)


@router.post("/people/{account_id}/revoke")
def revoke_role(visit: Manage, account_id: int) -> Response:
    """Take a role away; the last administrator keeps theirs."""
    account, grant = _account(visit, account_id), grant_in(visit)
    _require_other_administrator(visit, account, grant.role is Role.ADMINISTRATOR)
    left = [held for held in account.grants if held != grant]
    visit.space.people.accounts.regrant(account.id, left)
    _note(visit, "revoke", account, grant)
    return RedirectResponse("/people", 303)


@router.post("/people/{account_id}/active")
def set_active(visit: Manage, account_id: int) -> Response:
    """Shut somebody out, or let them in again; nobody is ever deleted, their record stays."""
    account, active = _account(visit, account_id), visit.text("active") == "yes"
    _require_other_administrator(visit, account, not active)
    visit.space.people.accounts.change(account.id, active=active)
    _note(visit, "open_account" if active else "shut_account", account)
    return RedirectResponse("/people", 303)


def _require_other_administrator(visit: Visit, account: Account, losing: bool) -> None:
    others = (a for a in visit.space.people.accounts.all() if a.id != account.id and a.active)
    if losing and not any(other.may(Right.MANAGE_PEOPLE) for other in others):
        raise ConfigurationError(
            "这是最后一位管理员 (the last administrator).", hint="请先指定另一位管理员。"
        )


@router.post("/people/{account_id}/password")
def set_password(visit: Manage, account_id: int) -> Response:
    """Give somebody a new password; their sessions end."""
    account = _account(visit, account_id)
    visit.space.people.change_password(account, visit.text("password"))
    return RedirectResponse("/people", 303)


@router.get("/me")
def me(visit: Enter) -> Response:
    """One's own account."""
    return page(visit, "me.html", token="", own=visit.account.login == OWN_LOGIN)


@router.post("/me/password")
def own_password(visit: Enter) -> Response:
    """Change one's own password: the old one is asked for; all sessions end."""
    entered = visit.space.people.enter(visit.account.login, visit.text("old"))
    if entered is None:
        raise ReviewError("原密码不对 (wrong password).", hint="请重新输入。")
    visit.space.people.change_password(visit.account, visit.text("password"))
    return RedirectResponse("/login", 303)


@router.post("/me/token")
def make_token(visit: Enter) -> Response:
    """Make a token for another system; it is shown this once."""
    token = visit.space.people.make_token(visit.account)
    return page(visit, "me.html", token=token, own=visit.account.login == OWN_LOGIN)


@router.get("/log")
def log(visit: Log) -> Response:
    """The newest entries and refusals."""
    return page(visit, "log.html", lines=visit.space.people.accounts.log())
