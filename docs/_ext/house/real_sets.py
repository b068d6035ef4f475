"""Which real data sets are known, and what is owed to those who took them?"""

from __future__ import annotations

from collections.abc import Iterator

from house.markdown import code, table
from sillage.watch.datasets import DataFile, DataSet, data_sets


def undocumented() -> list[str]:
    """Sets without licence, citation or split, and files that come from nowhere."""
    missing = []
    for one in data_sets().values():
        missing += [one.name] if not all([one.licence, one.citation, one.split]) else []
        missing += [f"{one.name}: {f.path}" for f in one.files if not (f.url or f.derived)]
    return missing


def page() -> str:
    """The page of data sets."""
    parts = [
        "# Data sets\n",
        "Examples and tests read these from the folder that `SILLAGE_DATA` names.",
        "`sillage data get` downloads the files whose very bytes are public, and verifies all;",
        "the sums stand in `sillage data list --json`.\n",
    ]
    for one in data_sets().values():
        parts += _about(one)
        parts += [table(("file", "bytes", "from"), map(_row, one.files))]
    return "\n".join(parts)


def _about(one: DataSet) -> Iterator[str]:
    yield f"## {one.name}\n"
    yield f"{one.title}.\n"
    yield f"- [Public home]({one.home})"
    yield f"- Licence: {one.licence}"
    yield f"- Cite: {one.citation}"
    yield f"- Split: {one.split}\n"


def _row(file: DataFile) -> tuple[str, str, str]:
    origin = f"[public]({file.url})" if file.url else f"made from {file.derived}"
    return code(file.path), f"{file.size_bytes:,}", origin
