"""How are tables and types written in Markdown?"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Sequence
from textwrap import dedent

import msgspec


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A pipe table; cells may hold Markdown but stay on one line."""
    lines = [" | ".join(heads), " | ".join("---" for _ in heads)]
    lines += [" | ".join(_cell(cell) for cell in row) for row in rows]
    return "\n".join(f"| {line} |" for line in lines) + "\n"


def code(text: str) -> str:
    """Literal text."""
    return f"`{text}`" if text else ""


def first_sentence(text: str | None) -> str:
    """The summary of a docstring, on one line; empty where there is none."""
    summary = inspect.cleandoc(text or "").partition("\n\n")[0]
    return " ".join(summary.split())


def body(text: str | None) -> str:
    """What a docstring says below its summary."""
    return inspect.cleandoc(text or "").partition("\n\n")[2]


def own_doc(kind: type) -> str:
    """The docstring of a class itself, never the one it inherits."""
    return str(kind.__dict__.get("__doc__") or "")


def field_docs(struct: type[msgspec.Struct]) -> dict[str, str]:
    """The sentence written below each field of a struct, inherited fields included.

    Python forgets string literals that follow a field, so they are read from the source.
    """
    docs: dict[str, str] = {}
    for kind in reversed(struct.__mro__):
        if kind.__module__.startswith("sillage"):
            docs |= _own_field_docs(kind)
    return docs


def _own_field_docs(kind: type) -> dict[str, str]:
    definition = ast.parse(dedent(inspect.getsource(kind))).body[0]
    if not isinstance(definition, ast.ClassDef):
        return {}
    docs = {}
    for field, below in zip(definition.body, definition.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(below, ast.Expr)
            and isinstance(below.value, ast.Constant)
            and isinstance(below.value.value, str)
        ):
            docs[field.target.id] = " ".join(below.value.value.split())
    return docs


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
