"""Does every command say how it is typed, speak JSON, and end with 0, 1 or 2 as it should?"""

from __future__ import annotations

import errno
import io
import json
import os
import shlex
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from house.commands import commands
from sillage.atomic import MARK
from sillage.console import main
from sillage.simulate import files
from sillage.watch import answer, verbs

COMMANDS = dict(commands())
OUTPUTS = {"report.html", "sources.geojson", "summary.json", "ledger.sqlite", MARK}
SMALL = "\n[localise]\nparticles = 32\nharvest = 1\n"


class Ended(NamedTuple):
    """How a command ended, and what it said."""

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


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A farmyard of ten minutes; its survey asks for little."""
    folder = tmp_path_factory.mktemp("worlds") / "farmyard"
    assert sillage("simulate", "farmyard", "--out", folder, "--duration", 600).code == 0
    with (folder / "SURVEY.toml").open("a") as survey:
        survey.write(SMALL)
    return folder


@pytest.fixture(scope="module")
def answered(world: Path) -> Path:
    """The answer to that survey."""
    folder = world.parent / "answer"
    assert sillage("survey", world / "SURVEY.toml", "--out", folder).code == 0
    return folder


@pytest.mark.parametrize("name", COMMANDS)
def test_help_ends_with_an_example_that_can_be_typed(name: str) -> None:
    ended = sillage(*name.split()[1:], "--help")
    assert ended.code == 0
    example = ended.out.split("Example:")[1].strip()
    assert example.startswith(name)
    words = shlex.split(example.removeprefix(name))
    with COMMANDS[name].make_context(name, words):
        pass


@pytest.mark.parametrize("name", COMMANDS)
def test_an_unknown_option_is_wrong_input(name: str) -> None:
    ended = sillage(*name.split()[1:], "--nope")
    assert ended.code == 1
    assert "No such option: --nope" in ended.err
    assert ended.out == ""


def test_an_unknown_command_is_answered_with_the_nearest() -> None:
    ended = sillage("servey")
    assert ended.code == 1
    assert "Did you mean 'survey'?" in ended.err


def test_the_version_is_told() -> None:
    assert sillage("--version").out.startswith("sillage 0.")


def test_a_world_is_played_and_told_as_json(world: Path, tmp_path: Path) -> None:
    ended = sillage("simulate", "farmyard", "--out", tmp_path / "w", "--duration", 60, "--json")
    assert ended.code == 0
    told = json.loads(ended.out)
    assert Path(told["survey"]).is_file()
    assert Path(told["truth"]).is_file()


@pytest.mark.parametrize(
    "words",
    [
        ("simulate", "farmyard", "--seed", "-1"),
        ("simulate", "farmyard", "--duration", "0"),
        ("simulate", "farmyard", "--duration", "1e12"),
        ("simulate", "farmyard", "--duration", "nan"),
        ("simulate", "farmjard"),
        ("simulate", "none.toml"),
        ("simulate", "bad.toml"),
        ("survey", "none.toml"),
        ("survey", "bad.toml"),
        ("survey", "empty.toml"),
        ("survey", "empty.toml", "--seed", "-1"),
        ("survey", "."),
        ("localise", "none.toml"),
        ("verify", "none.sqlite"),
        ("verify", "bad.toml"),
        ("verify", "empty.toml"),
        ("verify", "bad.toml", "--head", "nonsense"),
        ("demo", "--duration", "-5"),
    ],
    ids=" ".join,
)
def test_wrong_input_ends_with_1_and_writes_nothing(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bad.toml").write_text("a = [")
    Path("empty.toml").write_text("")
    out = () if words[0] == "verify" else ("--out", "out")
    ended = sillage(*words, *out)
    assert ended.code == 1
    assert (ended.err + ended.out).strip()
    assert names(tmp_path) == {"bad.toml", "empty.toml"}


def test_a_survey_says_the_answer_and_where_it_lies(world: Path, answered: Path) -> None:
    assert names(answered) == OUTPUTS
    ended = sillage("survey", world / "SURVEY.toml", "--out", answered)
    assert ended.code == 0
    assert str(answered / "report.html") in ended.out
    ended = sillage("survey", world / "SURVEY.toml", "--out", answered, "--json")
    assert json.loads(ended.out) == json.loads((answered / "summary.json").read_text())


def test_the_same_seed_gives_the_same_answer(world: Path, tmp_path: Path) -> None:
    told = [
        json.loads(sillage("localise", world / "SURVEY.toml", "--seed", seed, "--json").out)
        for seed in (5, 5, 6)
    ]
    places = [one["sources"][0]["position"] for one in told]
    assert places[0] == places[1] != places[2]


def test_localise_writes_the_record_that_a_survey_would_keep(world: Path, tmp_path: Path) -> None:
    ended = sillage("localise", world / "SURVEY.toml", "--out", tmp_path / "e.json", "--json")
    assert ended.code == 0
    record = json.loads((tmp_path / "e.json").read_text())
    assert record["gas"] == json.loads(ended.out)["gas"] == "ammonia"
    assert names(tmp_path) == {"e.json"}


def test_a_place_that_cannot_be_written_is_told_before_the_work(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verbs, "run", lambda *_: pytest.fail("the work began"))
    for command, out in (("survey", tmp_path / "no" / "d"), ("localise", tmp_path / "no" / "f")):
        ended = sillage(command, world / "SURVEY.toml", "--out", out)
        assert ended.code == 1
        assert "there is no such folder; make it first" in ended.err


def test_a_folder_of_someone_else_is_left_alone(world: Path, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    for words in (("survey", world / "SURVEY.toml"), ("simulate", "farmyard")):
        ended = sillage(*words, "--out", tmp_path)
        assert ended.code == 1
        assert "not Sillage's" in ended.err
    assert names(tmp_path) == {"letter.txt"}


@pytest.mark.parametrize("step", ["write_sources", "write_summary"])
def test_a_full_disk_ends_with_2_and_the_old_answer_stays(
    world: Path, answered: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path.name: path.read_bytes() for path in answered.iterdir()}
    beside = names(answered.parent)
    monkeypatch.setattr(answer, step, _full_disk)
    ended = sillage("survey", world / "SURVEY.toml", "--out", answered)
    assert ended.code == 2
    assert f"{answered}: No space left on device; nothing half-written is left" in ended.err
    assert {path.name: path.read_bytes() for path in answered.iterdir()} == before
    assert names(answered.parent) == beside


def test_a_full_disk_leaves_no_half_of_a_world(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "survey_text", _full_disk)
    ended = sillage("simulate", "farmyard", "--out", tmp_path / "w", "--duration", 60)
    assert ended.code == 2
    assert names(tmp_path) == set()


def _full_disk(*_: Any, **__: Any) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_verify_tells_a_whole_ledger_from_a_damaged_one(answered: Path, tmp_path: Path) -> None:
    whole = answered / "ledger.sqlite"
    head = json.loads((answered / "summary.json").read_text())["ledger_head"]
    ended = sillage("verify", whole, "--head", head, "--json")
    assert ended.code == 0
    assert json.loads(ended.out) == {
        "whole": True,
        "layout": 2,
        "entries": 5,
        "head": head,
        "keys": [],
        "findings": [],
    }

    damaged = tmp_path / "ledger.sqlite"
    damaged.write_bytes(whole.read_bytes().replace(b"ammonia", b"methane"))
    ended = sillage("verify", damaged, "--json")
    assert ended.code == 1
    assert json.loads(ended.out)["findings"]
    assert "Damaged" in sillage("verify", damaged).out


def test_gases_and_doctor_speak_to_people_and_to_machines() -> None:
    assert "methane" in sillage("gas", "list").out
    assert "methane" in {gas["name"] for gas in json.loads(sillage("gas", "list", "--json").out)}
    ended = sillage("doctor")
    assert ended.code == 0
    assert sqlite3.sqlite_version in ended.out
    assert all(check["works"] or not check["needed"] for check in _doctor())


def _doctor() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(sillage("doctor", "--json").out)
    return found


@pytest.fixture
def small_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    """One world of five minutes, whose survey asks for little."""
    played = verbs.play

    def play(*given: Any, **named: Any) -> Path:
        survey_file = played(*given, **named)
        survey_file.write_text(survey_file.read_text() + SMALL)
        return survey_file

    monkeypatch.setattr(verbs, "DEMO_WORLDS", ("farmyard",))
    monkeypatch.setattr(verbs, "play", play)


@pytest.mark.usefixtures("small_demo")
def test_the_demo_ends_with_a_score_and_the_way_to_the_report(tmp_path: Path) -> None:
    words = ("demo", "--no-browser", "--duration", 300, "--out", tmp_path / "d")
    ended = sillage(*words)
    assert ended.code == 0
    assert "of 1 sources" in ended.out
    assert (tmp_path / "d" / "farmyard-answer" / "report.html").is_file()
    assert str(tmp_path / "d" / "farmyard-answer" / "report.html") in ended.out.replace("\n", "")
    (score,) = json.loads(sillage(*words, "--json").out)
    assert score["world"] == "farmyard"
    assert score["inside"] in {True, False}


@pytest.mark.parametrize("command", ["survey", "demo"])
def test_ctrl_c_ends_with_2_and_leaves_nothing_half_written(command: str, tmp_path: Path) -> None:
    sillage("simulate", "quarry", "--out", tmp_path / "world")
    words = {
        "survey": ["survey", "world/SURVEY.toml", "--out", "out"],
        "demo": ["demo", "--no-browser", "--out", "."],
    }[command]
    program = Path(sys.executable).with_name("sillage")
    running = subprocess.Popen(
        [program, *words], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    while running.poll() is None and not any(name.startswith(".") for name in names(tmp_path)):
        time.sleep(0.02)
    time.sleep(0.5)
    running.send_signal(signal.SIGINT)
    _, err = running.communicate()
    assert running.returncode == 2
    assert err == "sillage: stopped; nothing half-written is left\n"
    assert names(tmp_path) <= {"world", "quarry"}
