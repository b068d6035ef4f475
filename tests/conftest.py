"""What do all tests share: checked shapes, steady hypothesis, real data, a browser."""

from __future__ import annotations

import os
import re
import shutil
import signal
from pathlib import Path, PosixPath

import pytest
from hypothesis import HealthCheck, settings
from jaxtyping import install_import_hook

SOURCE = Path(__file__).parents[1] / "src"
KERNELS = re.compile(r"^(?:import|from) (?:numba|sillage\.air\.compiled)\b", re.MULTILINE)

settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("dev", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


def _modules_to_check() -> list[str]:
    """Modules whose calls are checked against their annotations.

    The hook wraps a function below its other decorators, and numba cannot compile a wrapped one;
    so a module with kernels is left out, and so are packages, whose name would stand for all
    modules in them.
    """
    return [
        ".".join(file.relative_to(SOURCE).with_suffix("").parts)
        for file in sorted(SOURCE.glob("sillage/*/**/*.py"))
        if file.name != "__init__.py" and not KERNELS.search(file.read_text("utf-8"))
    ]


install_import_hook(_modules_to_check(), "shapes.check")

# Started in the background of a script, tests inherit that Ctrl-C is ignored, and so would the
# programs that they start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


class DataFolder(PosixPath):
    """The folder of real data sets: `folder / "name"` skips the test where the set is missing."""

    notes: list[tuple[str, object]]

    def __truediv__(self, name: str | os.PathLike[str]) -> Path:  # type: ignore[override]  # a file in it is a plain path
        """Path of a data set, which is noted as used."""
        chosen = Path(str(self)) / name
        data_set = Path(name).parts[0]
        if not (Path(str(self)) / data_set).exists():
            pytest.skip(f"data set '{data_set}' is not in SILLAGE_DATA={self}; copy it there")
        if ("data set", data_set) not in self.notes:
            self.notes.append(("data set", data_set))
        return chosen


@pytest.fixture
def sillage_data(request: pytest.FixtureRequest) -> Path:
    """Folder of the real data sets (SILLAGE_DATA); the test is skipped where there is none."""
    named = os.environ.get("SILLAGE_DATA")
    if not named:
        pytest.skip("no real data: set SILLAGE_DATA to the folder that holds the data sets")
    folder = DataFolder(named)
    if not folder.is_dir():
        pytest.fail(f"SILLAGE_DATA={named} is no folder; correct it or unset it")
    folder.notes = request.node.user_properties
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium to drive; skips where none is installed (fails in CI)."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found:
        return found
    remedy = "no Chromium on this machine: apt-get install chromium"
    if os.environ.get("SILLAGE_REQUIRE_CHROMIUM"):
        pytest.fail(remedy)
    pytest.skip(remedy)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which real data the run rests on, and what it could not check."""
    reports = [
        report
        for outcome in ("passed", "failed", "skipped")
        for report in terminalreporter.stats.get(outcome, [])
        if isinstance(report, pytest.TestReport)
    ]
    used = sorted(
        {str(value) for r in reports for key, value in r.user_properties if key == "data set"}
    )
    skipped = [r for r in reports if r.skipped and "SILLAGE_DATA" in str(r.longrepr)]
    terminalreporter.section("real data")
    terminalreporter.line(f"used: {', '.join(used) or 'none'}")
    for report in skipped:
        terminalreporter.line(f"skipped: {report.nodeid}")
    if not skipped:
        terminalreporter.line("skipped: none")
