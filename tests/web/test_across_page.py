"""The page across 300 cities in Chromium: it loads, finds, sorts and jumps, and can be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from auditor.across import Asked, survey
from auditor.across.survey import feature_counts, placed_rows
from auditor.core.across import MEAN, Across
from auditor.report.across.heat import item_share
from auditor.report.across.page import render_across
from tests.unit.across.cities import STANDARD, city_name, make_city
from tests.web.browser import errors_of, window

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CITIES, MADE = 300, 6
MOST_BYTES = 2_000_000
WIDTHS = (1440, 1024, 390)
ITEM = 6
"""The column of the heat map that is sorted by, from 0."""
FITS = "e => e.scrollWidth <= e.clientWidth + 1 && e.scrollHeight <= e.clientHeight + 1"
SERIOUS = ("serious", "critical")


@pytest.fixture(scope="module")
def across(tmp_path_factory: pytest.TempPathFactory) -> Across:
    """300 cities: six invented runs (two of them of one city), each under fifty names."""
    folder = tmp_path_factory.mktemp("across")
    for number in range(MADE - 1):
        make_city(folder, number, "2025")
    make_city(folder, 0, "2024", 0.2)
    found, _ = survey(Asked((folder,), folder))
    made = [row for row in found.rows if row.period == "2025"]
    rows = tuple(
        replace(made[n % len(made)], key=f"{city_name(n)}@2025", city=city_name(n))
        for n in range(CITIES)
    )
    rankings = placed_rows(rows, STANDARD, found.profile)
    return replace(found, rows=rows, rankings=rankings, features=feature_counts(rows, STANDARD))


@pytest.fixture(scope="module")
def file(across: Across, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page as a file."""
    written = tmp_path_factory.mktemp("page") / "across.html"
    written.write_text(render_across(across, STANDARD, "zh"), encoding="utf-8")
    return written


@pytest.fixture(scope="module")
def page(browser: Browser, file: Path) -> Iterator[Page]:
    """The page, loaded once; no script of it may fail."""
    shown = window(browser, (WIDTHS[0], 900))
    shown.goto(file.as_uri())
    yield shown
    assert errors_of(shown) == []
    shown.context.close()


def seen(page: Page, table: str) -> list[str]:
    """The names of the rows of a table that are shown, in order."""
    script = "t => [...t.tBodies[0].rows].filter(r => !r.hidden && r.dataset.name)"
    script += ".map(r => r.dataset.name)"
    names: list[str] = page.locator(f"#{table}").evaluate(script)
    return names


def test_it_is_small_and_never_scrolls_sideways_as_a_whole(page: Page, file: Path) -> None:
    assert file.stat().st_size < MOST_BYTES
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        wide = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide[0] <= wide[1], width
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    assert len(seen(page, "heat")) == len(seen(page, "places")) == CITIES


def test_the_heads_of_the_heat_map_are_whole_and_stay_in_sight(page: Page) -> None:
    for heads in ("#heat .dom th", "#heat .item button"):
        assert page.locator(heads).evaluate_all(f"all => all.every({FITS})"), heads
    box = page.locator(".heatbox")
    box.scroll_into_view_if_needed()
    before = page.locator("#heat .item th").first.bounding_box()
    box.evaluate("b => b.scrollTo(0, 3000)")
    after = page.locator("#heat .item th").first.bounding_box()
    assert box.evaluate("b => b.scrollTop") == 3000 and before == after
    page.set_viewport_size({"width": 700, "height": 900})
    box.evaluate("b => b.scrollTo(400, 3000)")
    name, frame = page.locator("#heat tbody th").nth(150).bounding_box(), box.bounding_box()
    assert name is not None and frame is not None and abs(name["x"] - frame["x"]) < 3
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    box.evaluate("b => b.scrollTo(0, 0)")


def test_a_search_narrows_all_tables_and_an_items_head_sorts(page: Page, across: Across) -> None:
    asked = city_name(123)
    page.fill("#heat-city", asked[:2])
    wanted = {row.key for row in across.rows if asked[:2] in row.key}
    assert set(seen(page, "heat")) == set(seen(page, "places")) == wanted
    assert page.input_value("#city") == asked[:2]
    page.fill("#city", "")
    assert len(seen(page, "heat")) == CITIES
    item = STANDARD.items[ITEM]
    shares = {
        row.key: round(100 * (item_share(row.shown.node(item.id)) or 0)) for row in across.rows
    }
    page.locator("#heat .item button").nth(ITEM).click()
    sorted_down = [shares[name] for name in seen(page, "heat")]
    assert sorted_down == sorted(shares.values(), reverse=True) and len(set(sorted_down)) > 1
    page.locator("#heat .corner button").click()
    assert seen(page, "heat") == [place.key for place in across.rankings[MEAN]]


def test_a_city_and_a_cell_lead_to_their_detail(page: Page, across: Across) -> None:
    key = across.rankings[MEAN][200].key
    page.locator(f'#heat tr[data-name="{key}"] .open').click()
    detail = page.locator("#places tr.detail")
    assert detail.count() == 1
    row = page.locator(f'#places tr[data-name="{key}"]')
    assert row.locator(".open").get_attribute("aria-expanded") == "true"
    top = row.bounding_box()
    assert top is not None and 0 <= top["y"] < 900
    page.locator(f'#heat tr[data-name="{key}"] td').nth(ITEM).click()
    item = STANDARD.items[ITEM]
    assert page.input_value("#item") == item.id
    assert page.locator("#grid tbody tr").count() == CITIES
    assert item.name in page.inner_text("#heat-said") and key in page.inner_text("#heat-said")
    page.locator('.jump a[href="#s-features"]').click()
    heading = page.locator("#s-features").bounding_box()
    assert heading is not None and -1 <= heading["y"] < 900


def test_axe_finds_nothing_serious_on_it(page: Page) -> None:
    page.fill("#city", city_name(123)[:2])
    page.select_option("#domain", "8.6")
    for more in page.locator("details:not([open]) > summary").all():
        more.click()
    violations: list[dict[str, Any]] = Axe().run(page).response["violations"]
    serious = {
        row["id"]: [node["html"][:160] for node in row["nodes"][:3]]
        for row in violations
        if row["impact"] in SERIOUS
    }
    assert serious == {}
