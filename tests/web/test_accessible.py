"""axe finds nothing serious on the main pages, in both languages."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from auditor.core.workspace import RunEntry
from tests.web.conftest import SitDown
from tests.web.samples import STANDARD

pytestmark = pytest.mark.browser
FEATURE = next(f.id for f in STANDARD.features if f.level == 3)
PAGES = {
    "login": "/login",
    "home": "/",
    "run": "/runs/{run}",
    "list": "/runs/{run}/list?done=all&node=8.6",
    "review": f"/runs/{{run}}/features/{FEATURE}?queue=order",
}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_axe_finds_nothing_serious(sit_down: SitDown, entry: RunEntry, lang: str) -> None:
    desk = sit_down("lead")
    desk.page.context.add_cookies([{"name": "auditor_lang", "value": lang, "url": desk.served.url}])
    found = {}
    for name, path in PAGES.items():
        desk.page.goto(desk.served.url + path.format(run=entry.id))
        assert desk.page.locator("html").get_attribute("lang") == {"zh": "zh-CN", "en": "en"}[lang]
        desk.page.wait_for_load_state("networkidle")
        found[name] = _serious(Axe().run(desk.page).response["violations"])
    assert found == {name: [] for name in PAGES}


def _serious(violations: list[dict[str, Any]]) -> list[str]:
    """What is serious or critical, with where it is."""
    return [
        f"{row['id']}: {[node['html'][:160] for node in row['nodes'][:3]]}"
        for row in violations
        if row["impact"] in ("serious", "critical")
    ]
