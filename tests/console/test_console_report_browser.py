"""The report in a real Chromium: it fits a phone, and it complains of nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import made_answers as made
import pytest

from sillage.console.report import draw_report

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or "/usr/bin/chromium"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="no chromium on PATH"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


MAKERS = [made.answer, made.ambiguous_answer, made.drone_answer]


@pytest.mark.parametrize("make", MAKERS, ids=["located", "ambiguous", "cannot-tell"])
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_it_fits_its_window_and_says_nothing_on_the_console(
    browser: object, tmp_path: Path, make: object, width: int
) -> None:
    target = tmp_path / "report.html"
    draw_report(make(), target)  # type: ignore[operator]
    view = browser.new_page(viewport={"width": width, "height": 800})  # type: ignore[attr-defined]
    said: list[str] = []
    asked: list[str] = []
    view.on("console", lambda message: said.append(message.text))
    view.on("pageerror", lambda error: said.append(str(error)))
    view.on("request", lambda request: asked.append(request.url))
    view.goto(target.as_uri())
    assert view.evaluate("document.documentElement.scrollWidth") <= width
    smallest = view.evaluate(
        "Math.min(...[...document.querySelectorAll('svg.panel text')]"
        ".map((t) => parseFloat(getComputedStyle(t).fontSize) * t.getScreenCTM().a"
        " / Math.cos(Math.atan2(t.getScreenCTM().b, t.getScreenCTM().a)) || 99))"
    )
    assert smallest >= 9.0
    sheet = view.locator("[data-points]").first
    sheet.hover()
    assert view.locator(".saying-box").is_visible()
    assert asked == [target.as_uri()]
    assert said == []
    view.close()


def test_it_is_whole_without_scripts(browser: object, tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    draw_report(made.answer(), target)
    context = browser.new_context(java_script_enabled=False)  # type: ignore[attr-defined]
    view = context.new_page()
    view.goto(target.as_uri())
    assert view.locator("svg.panel").count() >= 6
    assert not view.locator("button").first.is_visible()
    assert view.locator(".saying h2").is_visible()
    context.close()
