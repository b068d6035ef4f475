"""Which pages of the reference come from the code itself?

Each module here renders one page and lists what the code leaves undocumented; the pages are
written before Sphinx reads the sources, and `tests/test_docs.py` fails on what is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from house import commands, errors, gases, limits, plug_points, real_sets, records, settings
from house.tutorials import TutorialParser

PAGES: dict[str, Callable[[], str]] = {
    "commands": commands.page,
    "settings": settings.page,
    "gases": gases.page,
    "limits": limits.page,
    "plug-points": plug_points.page,
    "data-sets": real_sets.page,
    "records": records.page,
    "errors": errors.page,
}


def write_pages(folder: Path) -> None:
    """Write every page that changed, so that an unchanged one is not built again."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, render in PAGES.items():
        file = folder / f"{name}.md"
        text = render()
        if not file.exists() or file.read_text("utf-8") != text:
            file.write_text(text, "utf-8")


def setup(app: Any) -> dict[str, bool]:
    """Join Sphinx: pages are written when a build begins, and scripts are read as tutorials."""
    app.add_source_suffix(".py", "tutorial")
    app.add_source_parser(TutorialParser)
    app.connect(
        "builder-inited", lambda app: write_pages(Path(app.srcdir) / "reference" / "generated")
    )
    return {"parallel_read_safe": True, "parallel_write_safe": True}
