"""Is what we publish ours to publish, and free of the machine it was written on?"""

from __future__ import annotations

import re
import subprocess
import tomllib
from importlib.metadata import metadata, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]

# Written as classes of one letter, so that this file does not match itself.
FOREIGN = re.compile(
    r"(?<![\w.])/(?:wor[k]|roo[t]|hom[e]|tm[p]|Use[r]s)/"
    r"|py[p]i\.org|pythonhoste[d]\.org|npm[j]s\.(?:org|com)|--(?:extra-)?index-ur[l]"
)


def tracked() -> list[Path]:
    """Files under version control; the test is skipped in an unpacked archive."""
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z"],  # noqa: S607  # git is wherever it is installed
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def runtime_packages() -> set[str]:
    """Names of the packages that an installed sillage brings along, itself excluded."""
    found: set[str] = set()
    waiting = ["sillage"]
    while waiting:
        for line in requires(waiting.pop()) or ():
            need = Requirement(line)
            wanted = need.marker is None or need.marker.evaluate({"extra": ""})
            if wanted and need.name not in found:
                found.add(need.name)
                waiting.append(need.name)
    return found


def test_no_tracked_file_names_a_machine_path_or_a_registry_host() -> None:
    foreign = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for path in tracked()
        if b"\0" not in path.read_bytes()[:4096]
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if FOREIGN.search(line)
    ]
    assert foreign == []


def test_the_pattern_finds_what_it_is_for() -> None:
    assert FOREIGN.search("see /" + "home/someone/notes.txt")
    assert FOREIGN.search("https://py" + "pi.org/simple")
    assert not FOREIGN.search("src/home/page.py, docs/" + "work/plan.md")


@pytest.mark.parametrize("name", sorted(runtime_packages()))
def test_no_package_at_run_time_is_copyleft(name: str) -> None:
    about = metadata(name)
    stated = [*about.get_all("License-Expression", []), *about.get_all("Classifier", [])]
    assert not [text for text in stated if re.search(r"\b[AL]?GPL|General Public License", text)]


def test_the_licence_file_is_the_licence_that_the_package_names() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["license"] == "Apache-2.0"
    assert "Apache License" in (ROOT / "LICENSE").read_text("utf-8")[:200]


def test_the_lock_answers_everything_that_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    asked = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    locked: dict[str, list[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==(\S+)", lock, re.MULTILINE):
        locked.setdefault(canonicalize_name(name), []).append(version)
    stale = [
        need
        for need in map(Requirement, asked)
        if not any(need.specifier.contains(v) for v in locked.get(canonicalize_name(need.name), []))
    ]
    assert [str(need) for need in stale] == [], "run 'make lock'"


def test_the_lock_pins_and_hashes_every_package() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8").replace("\\\n", " ")
    unpinned = [
        line[:60]
        for line in lock.splitlines()
        if not re.match(r"[\w.-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line)
    ]
    assert unpinned == []
