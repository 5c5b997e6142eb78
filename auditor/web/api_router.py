"""What all routes of the JSON API share: their place, and the refusals that each may give."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

VERSION = "/api/v1"
SHAPES: dict[int | str, dict[str, Any]] = {
    400: {"description": "The body is no JSON"},
    401: {"description": "No token, or one that is over"},
    403: {"description": "The role does not allow it"},
    404: {"description": "It is not there, or not for the caller"},
}


def api_router() -> APIRouter:
    """A router of the API, still empty."""
    return APIRouter(prefix=VERSION, tags=["v1"], responses=SHAPES)
