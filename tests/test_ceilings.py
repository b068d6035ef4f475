"""Does every file, class and function stay small enough to be read in one go?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = sorted(
    path for room in ("src", "tests", "benchmarks", "docs") for path in (ROOT / room).rglob("*.py")
)

FILE_LINES = 400
FUNCTION_LINES = 60
PUBLIC_METHODS = 12
ARGUMENTS = 7

Function = ast.FunctionDef | ast.AsyncFunctionDef


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def too_large(source: str) -> Iterator[str]:
    """What in a file is over a ceiling, in words."""
    if (lines := len(source.splitlines())) > FILE_LINES:
        yield f"the file has {lines} lines, the ceiling is {FILE_LINES}: split it by question"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, Function):
            yield from _function_too_large(node)
        elif isinstance(node, ast.ClassDef):
            public = [f for f in node.body if isinstance(f, Function) and f.name[0] != "_"]
            if len(public) > PUBLIC_METHODS:
                yield f"{node.name} has {len(public)} public methods, ceiling {PUBLIC_METHODS}"


def _function_too_large(node: Function) -> Iterator[str]:
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    if lines > FUNCTION_LINES:
        yield f"{node.name} has {lines} lines, the ceiling is {FUNCTION_LINES}"
    given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    arguments = [argument for argument in given if argument.arg not in {"self", "cls"}]
    if len(arguments) > ARGUMENTS:
        yield f"{node.name} takes {len(arguments)} arguments, the ceiling is {ARGUMENTS}"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_every_file_stays_under_the_ceilings(path: Path) -> None:
    assert list(too_large(path.read_text("utf-8"))) == []


def test_the_ceilings_bite() -> None:
    wide = f"def wide({', '.join(f'a{i}' for i in range(8))}): ...\n"
    long = "def long():\n" + "    pass\n" * 60
    crowd = "class Crowd:\n" + "".join(f"    def m{i}(self): ...\n" for i in range(13))
    assert len(list(too_large(wide + long + crowd))) == 3
    assert len(list(too_large("\n" * 401))) == 1
