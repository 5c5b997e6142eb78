"""Pages from templates: escaped by default, strict about what is missing."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from auditor.core.access import Right
from auditor.web.guard import Visit, lang_of
from auditor.web.times import day, moment
from auditor.web.words import LANGUAGES, words

STATIC = files("auditor.web") / "static"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("auditor.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals.update(asset=asset, Right=Right)
    environment.filters.update(percent=percent, moment=moment, day=day)
    return environment


def percent(share: Any) -> str:
    """A share as per cent, a dash for none."""
    return "—" if share is None else f"{float(share):.0%}"


@cache
def asset(name: str) -> str:
    """The address of an asset; it changes with its content, so that browsers may keep it."""
    content = (STATIC / name).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:12]}"


def page(visit: Visit, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """A page for somebody who is in."""
    text = _environment().get_template(template).render(visit=visit, w=visit.words, **context)
    return HTMLResponse(text, status)


def open_page(request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """A page for somebody who is not in."""
    lang = lang_of(request)
    w = words(lang)
    text = _environment().get_template(template).render(lang=lang, w=w, **context)
    return HTMLResponse(text, status)


def other_lang(lang: str) -> str:
    """The language to switch to."""
    return next(other for other in LANGUAGES if other != lang)
