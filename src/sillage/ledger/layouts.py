"""How were the tables of each version of the ledger laid out.

Written layouts never change: a ledger is compared with the text of its own version.
"""

from __future__ import annotations

APPLICATION = 0x53494C4C
"""`SILL`: the number in the header of a SQLite file that says whose it is."""

VERSION = 2
"""Number of the present layout of the tables."""


def _only_grows(*tables: str) -> str:
    return "\n".join(
        f"CREATE TRIGGER {table}_{name} BEFORE {change} ON {table}\n"
        "BEGIN SELECT RAISE(ABORT, 'a ledger only grows'); END;"
        for table in tables
        for name, change in (("stay", "UPDATE"), ("remain", "DELETE"))
    )


_CONTENTS = """CREATE TABLE contents (
  sha256 TEXT PRIMARY KEY,
  bytes BLOB NOT NULL
) STRICT;"""

_CHAIN = f"""
BEGIN;
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = 1;
CREATE TABLE entries (
  position INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  type TEXT NOT NULL,
  bytes BLOB NOT NULL,
  sha256 BLOB NOT NULL,
  previous BLOB NOT NULL,
  chain BLOB NOT NULL
) STRICT;
{_CONTENTS}
{_only_grows("entries", "contents")}
COMMIT;
"""

_TABLES = """
CREATE TABLE entries (
  position INTEGER PRIMARY KEY,
  id BLOB NOT NULL,
  type TEXT NOT NULL,
  bytes BLOB NOT NULL,
  leaf BLOB NOT NULL
) STRICT;
CREATE TABLE nodes (
  level INTEGER NOT NULL,
  number INTEGER NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (level, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE names (
  prefix INTEGER NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (prefix, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE filing (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  filed INTEGER NOT NULL
) STRICT;
INSERT INTO filing VALUES (1, 0, 0, 0);
CREATE TRIGGER filing_advances BEFORE UPDATE ON filing
WHEN new.first + new.filed < old.first + old.filed
BEGIN SELECT RAISE(ABORT, 'a ledger only grows'); END;
CREATE TRIGGER filing_remains BEFORE DELETE ON filing
BEGIN SELECT RAISE(ABORT, 'a ledger only grows'); END;
"""

_TREE = f"""
BEGIN;
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = 2;
{_TABLES}
{_CONTENTS}
{_only_grows("entries", "nodes", "names", "contents")}
COMMIT;
"""

LAYOUTS = {1: _CHAIN, 2: _TREE}
"""What makes the empty tables of each version.

1. A hash chain: each entry with its hash and the chain before and after it.
2. A Merkle tree: each entry with its leaf hash; `nodes` has the hash of every complete subtree of
   256, 256**2 ... entries; `names` finds an entry by the first 8 bytes of its id, and `filing`
   says which entries are in `names` already.
"""
