"""How is a tutorial, which is a script that runs, shown as a page?

Comment lines are the text, in Markdown; what stands between them is the code.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from docutils import nodes
from myst_parser.parsers.sphinx_ import MystParser


def markdown_of(script: str) -> str:
    """The page of a script."""
    return "\n\n".join(_blocks(script)) + "\n"


def _blocks(script: str) -> Iterator[str]:
    for is_text, lines in groupby(script.splitlines(), key=lambda line: line.startswith("#")):
        block = "\n".join(lines).strip("\n")
        if is_text:
            yield "\n".join(line[1:].removeprefix(" ") for line in block.splitlines())
        elif block:
            yield f"```python\n{block}\n```"


class TutorialParser(MystParser):
    """Reads a script as the Markdown page that it is."""

    supported = ("tutorial",)

    def parse(self, inputstring: str, document: nodes.document) -> None:
        """Parse the page of a script."""
        super().parse(markdown_of(inputstring), document)
