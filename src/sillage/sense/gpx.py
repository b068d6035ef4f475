"""How is a GPX track read: its points in order, without trusting the XML.

Source: GPX 1.1 schema, topografix.com. A document type with entities is refused before it can
swell, and points are taken as the parser meets them, so a long flight needs no tree.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.parsers import expat

import numpy as np
import pyarrow as pa

from sillage.errors import ReadError
from sillage.sense.chunks import Chunk, match_columns
from sillage.sense.maps import Layout

COLUMNS = ("time", "lon", "lat", "ele")
BATCH_POINTS = 1 << 14
READ_BYTES = 1 << 16
LONGEST_TEXT = 4096


class _Points:
    """Collects track points while expat walks the file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.cells: dict[str, list[str | None]] = {name: [] for name in COLUMNS}
        self.lines: list[int] = []
        self.open: dict[str, str | None] | None = None
        self.text: list[str] | None = None
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._refuse_doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters

    def _refuse_doctype(self, *_: object) -> None:
        raise ReadError(self.file, "declares a document type; GPX has none, export it again")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "trkpt":
            self.open = {"time": None, "ele": None, "lon": None, "lat": None}
            self.open["lon"], self.open["lat"] = attributes.get("lon"), attributes.get("lat")
            self.lines.append(self.parser.CurrentLineNumber)
        elif self.open is not None and name in {"time", "ele"}:
            self.text = []

    def _characters(self, text: str) -> None:
        if self.text is not None:
            self.text.append(text[:LONGEST_TEXT])

    def _end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if self.open is None:
            return
        if self.text is not None and name in {"time", "ele"}:
            self.open[name] = "".join(self.text)[:LONGEST_TEXT].strip()
            self.text = None
        elif name == "trkpt":
            for column, cell in self.open.items():
                self.cells[column].append(cell)
            self.open = None

    def take(self, wanted: Sequence[str]) -> Chunk:
        """The points collected so far; starts anew."""
        count = len(self.cells["time"])
        rows = np.array(self.lines[:count], dtype=np.int64)
        columns = {name: pa.array(self.cells[name], pa.string()) for name in wanted}
        self.cells = {name: [] for name in COLUMNS}
        self.lines = self.lines[count:]
        return Chunk(rows, columns)


def read_chunks(
    path: Path,
    file: str,
    wanted: Sequence[str],
    layout: Layout,  # noqa: ARG001 - part of the plug-in's signature; GPX needs none
) -> Iterator[Chunk]:
    """Pieces of the columns `time`, `lon`, `lat` and `ele`; see `sillage.sense.chunks.Reader`."""
    match_columns(COLUMNS, wanted, file)
    points = _Points(file)
    try:
        with path.open("rb") as stream:
            while block := stream.read(READ_BYTES):
                points.parser.Parse(block, False)
                if len(points.cells["time"]) >= BATCH_POINTS:
                    yield points.take(wanted)
            points.parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise ReadError(file, f"is no whole XML: {error}; export it again") from None
    except OSError as error:
        raise ReadError(file, f"cannot be read: {error.strerror or error}") from error
    if points.cells["time"]:
        yield points.take(wanted)
