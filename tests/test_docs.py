"""Is everything that a user can name written down?  Undocumented means red.

After datasette's `test_docs.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from house import PAGES, commands, errors, gases, plug_points, real_sets, records, settings

ROOT = Path(__file__).parents[1]
DOCUMENTED = (commands, errors, gases, plug_points, real_sets, records, settings)
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("0*.md"))


@pytest.mark.parametrize(
    "undocumented",
    [module.undocumented for module in DOCUMENTED],
    ids=lambda function: function.__module__,
)
def test_nothing_is_undocumented(undocumented: Callable[[], list[str]]) -> None:
    assert undocumented() == []


@pytest.mark.parametrize("name", PAGES)
def test_every_generated_page_is_in_the_reference(name: str) -> None:
    contents = (ROOT / "docs" / "reference" / "index.md").read_text("utf-8")
    assert f"generated/{name}\n" in contents


def test_every_record_and_error_is_on_its_page() -> None:
    pages = records.page() + errors.page()
    names = [kind.__name__ for kind in (*records.kinds(), *errors.kinds())]
    assert [name for name in names if name not in pages] == []


def test_every_command_is_typed_somewhere_in_the_guides() -> None:
    guides = [ROOT / "README.md", *(ROOT / "docs").glob("[!r]*/*.*")]
    text = "\n".join(path.read_text("utf-8") for path in guides if path.suffix in {".md", ".py"})
    assert [name for name, _ in commands.commands() if name not in text] == []


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_fits_one_screen_and_says_context_decision_consequences(path: Path) -> None:
    text = path.read_text("utf-8")
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    assert re.match(r"\d{4}[ :.]", headings[0])
    assert {"Context", "Decision", "Consequences"} <= set(headings)
    assert len(text.splitlines()) <= 80


def test_decisions_are_numbered_without_a_doublet() -> None:
    numbers = [path.name[:4] for path in DECISIONS]
    assert len(numbers) == len(set(numbers))


@pytest.mark.parametrize(
    "page", ["README.md", "CONTRIBUTING.md", "docs/explain/architecture.md"], ids=str
)
def test_every_path_that_a_page_names_exists(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    linked = re.findall(r"\]\((?!https?:|#)([^)#]+)", text)
    quoted = re.findall(r"`((?:src|docs|tests|examples)/(?!_build)[\w./-]+)`", text)
    paths = [(ROOT / page).parent / link for link in linked] + [ROOT / name for name in quoted]
    assert [str(path.relative_to(ROOT)) for path in paths if not path.exists()] == []
