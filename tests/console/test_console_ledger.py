"""A ledger is signed, proved, handed on and copied from the shell, each with the right ending."""

from __future__ import annotations

import io
import json
import shutil
import stat
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

import pytest

from sillage.console import main
from sillage.ledger import verify

OLD = Path(__file__).parents[1] / "ledger" / "old" / "layout-1.sqlite"
OLD_HEAD = "7:c7fa9cdc4ab537ab2dc40a7858c2ed0661d71a819c64b0b45ad16b465c9c643c"
RECORD = "763ac32d12424080019805a58e11da7fae4622700ffe61e2f2763c4a61d49fca"


class Ended(NamedTuple):
    code: int | str | None
    out: str
    err: str


def sillage(*words: object) -> Ended:
    """Type a command, in this process."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["sillage", *map(str, words)])
        with pytest.raises(SystemExit) as ending:
            main.main()
    return Ended(ending.value.code, out.getvalue(), err.getvalue())


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a ledger that was migrated and is signed."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(OLD, tmp_path / "old.sqlite")
    ended = sillage("ledger", "migrate", "old.sqlite", "ledger.sqlite")
    assert ended.code == 0
    assert "whole, 7 records" in ended.out
    made = sillage("ledger", "key", "example.org/ledger", "ledger.key")
    (tmp_path / "ledger.pub").write_text(made.out, encoding="utf-8")
    assert stat.S_IMODE((tmp_path / "ledger.key").stat().st_mode) == 0o600
    assert sillage("ledger", "rotate", "ledger.sqlite", "ledger.key").code == 0
    return tmp_path


@pytest.mark.usefixtures("here")
def test_an_earlier_head_still_verifies_and_the_keys_are_told() -> None:
    ended = sillage("verify", "ledger.sqlite", "--head", OLD_HEAD)
    assert ended.code == 0
    assert "Signed from entry 7 on with example.org/ledger+" in ended.out
    told = json.loads(sillage("verify", "ledger.sqlite", "--json").out)
    assert told["whole"]
    assert [one["since"] for one in told["keys"]] == [7]
    assert sillage("verify", "old.sqlite", "--head", OLD_HEAD).code == 0


@pytest.mark.usefixtures("here")
def test_a_checkpoint_is_signed_kept_and_verified_through_a_change_of_keys() -> None:
    ended = sillage("ledger", "checkpoint", "ledger.sqlite", "--key", "ledger.key")
    assert ended.out.startswith("example.org/ledger\n8\n")
    Path("first").write_text(ended.out, encoding="utf-8")
    assert sillage("ledger", "key", "example.org/ledger", "new.key").code == 0
    rotated = ("ledger", "rotate", "ledger.sqlite", "new.key", "--key", "ledger.key")
    assert "Entry 8 names the new key" in sillage(*rotated).out
    signing = ("ledger", "checkpoint", "ledger.sqlite", "--key")
    assert "the key in force is" in sillage(*signing, "ledger.key").err
    assert sillage(*signing, "new.key", "--out", "second").code == 0
    for name in ("first", "second"):
        asked = ("verify", "ledger.sqlite", "--checkpoint", name, "--key", "ledger.pub")
        assert sillage(*asked).code == 0
    ended = sillage("verify", "old.sqlite", "--checkpoint", "second", "--key", "ledger.pub")
    assert ended.code == 1
    assert "entries are missing" in ended.out
    assert "give both or none" in sillage("verify", "old.sqlite", "--key", "ledger.pub").err


@pytest.mark.usefixtures("here")
def test_a_record_is_proved_without_the_ledger() -> None:
    making = ("ledger", "proof", "ledger.sqlite", RECORD)
    assert sillage(*making, "--key", "ledger.key", "--out", "a.tlog-proof").code == 0
    ended = sillage("verify", "--proof", "a.tlog-proof", "--key", "ledger.pub")
    assert ended.code == 0
    assert f"Proved: Review {RECORD}\nis entry 3 of" in ended.out
    told = json.loads(sillage("verify", "--proof", "a.tlog-proof", "--json").out)
    assert (told["holds"], told["entry"], told["signer"]) == (True, 3, None)
    head = verify("ledger.sqlite").head
    Path("b.tlog-proof").write_text(sillage(*making).out, encoding="utf-8")
    assert sillage("verify", "--proof", "b.tlog-proof", "--head", head).code == 0
    ended = sillage("verify", "--proof", "b.tlog-proof", "--key", "ledger.pub")
    assert ended.code == 1
    assert "is not signed by example.org/ledger" in ended.out
    changed = Path("b.tlog-proof").read_text("utf-8").replace("index 3", "index 2")
    Path("c.tlog-proof").write_text(changed, encoding="utf-8")
    assert "do not lead" in sillage("verify", "--proof", "c.tlog-proof").out


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("verify",), "name a ledger, or a proof"),
        (("verify", "old.sqlite", "--proof", "x"), "name a ledger, or a proof"),
        (("verify", "--proof", "x", "--checkpoint", "y"), "holds its checkpoint itself"),
        (("verify", "--proof", "none"), "none: cannot be read"),
        (("verify", "--proof", "ledger.pub"), "ledger.pub: this is no proof"),
        (("verify", "--proof", "ledger.sqlite"), "ledger.sqlite: this is no text"),
        (
            ("verify", "old.sqlite", "--checkpoint", "ledger.pub", "--key", "ledger.pub"),
            "ledger.pub: this is no signed note",
        ),
        (("ledger", "proof", "old.sqlite", RECORD), "sillage ledger migrate"),
        (("ledger", "proof", "ledger.sqlite", "3fa2"), "no record '3fa2'"),
        (
            ("ledger", "proof", "ledger.sqlite", "x", "--key", "k", "--checkpoint", "c"),
            "under one checkpoint",
        ),
        (("ledger", "checkpoint", "ledger.sqlite", "--key", "ledger.pub"), "ledger.pub"),
        (("ledger", "key", "two words", "k"), "neither space nor plus"),
        (("ledger", "backup", "ledger.sqlite", "old.sqlite"), "exists; choose another path"),
        (("ledger", "migrate", "ledger.sqlite", "n.sqlite"), "nothing to migrate"),
    ],
)
def test_what_cannot_be_done_is_said_with_its_remedy(words: tuple[str, ...], why: str) -> None:
    ended = sillage(*words)
    assert ended.code in {1, 2}
    assert why in ended.err


def test_tiles_and_backups_appear_whole(here: Path) -> None:
    assert sillage("ledger", "backup", "ledger.sqlite", "copy.sqlite").code == 0
    assert verify(here / "copy.sqlite").head == verify(here / "ledger.sqlite").head
    ended = sillage("ledger", "tiles", "ledger.sqlite", "tiles", "--key", "ledger.key")
    assert ended.out == "1 tiles in tiles\n"
    assert (here / "tiles" / "tile" / "0" / "000.p" / "8").stat().st_size == 8 * 32
    again = ("verify", "copy.sqlite", "--checkpoint", "tiles/checkpoint", "--key", "ledger.pub")
    assert sillage(*again).code == 0
