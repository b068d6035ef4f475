"""How is a Parquet file read: the needed columns only, batch by batch.

A row's number is its count from 1; there is no header line to count.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sillage.errors import ReadError
from sillage.sense.chunks import Chunk, match_columns
from sillage.sense.maps import Layout

BATCH_ROWS = 1 << 16


def read_chunks(
    path: Path,
    file: str,
    wanted: Sequence[str],
    layout: Layout,  # noqa: ARG001 - part of the plug-in's signature; Parquet needs none
) -> Iterator[Chunk]:
    """Pieces of the wanted columns with their own types; see `sillage.sense.chunks.Reader`."""
    try:
        with pq.ParquetFile(path) as parquet:
            header = parquet.schema_arrow.names
            places = match_columns(header, wanted, file)
            names = [header[place] for place in places]
            row = 1
            for batch in parquet.iter_batches(BATCH_ROWS, columns=list(dict.fromkeys(names))):
                if not batch.num_rows:
                    continue
                batch.validate(full=True)
                rows = np.arange(row, row + batch.num_rows, dtype=np.int64)
                yield Chunk(
                    rows,
                    {
                        one: _plain(batch.column(name))
                        for one, name in zip(wanted, names, strict=True)
                    },
                )
                row += batch.num_rows
    except (pa.ArrowException, OSError, ValueError, TypeError, MemoryError) as error:
        first_line = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise ReadError(
            file,
            f"is no whole Parquet file: {first_line}; was the copy cut short? Copy it again",
        ) from error


def _plain(column: pa.Array) -> pa.Array:
    """The column without dictionary encoding."""
    return column.dictionary_decode() if isinstance(column, pa.DictionaryArray) else column
