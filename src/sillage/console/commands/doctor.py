"""`sillage doctor`: what works here, and what to install for the rest."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, NamedTuple

import typer


class Check(NamedTuple):
    """One thing that was looked at."""

    what: str
    works: bool
    found: str
    remedy: str = ""
    needed: bool = True


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example:  sillage doctor --json")(doctor)


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Say what works on this machine, and what to install for the rest.

    Ends with 0 where everything that is needed works, else with 2.
    """
    import json

    checks = list(_checks())
    if as_json:
        typer.echo(json.dumps([check._asdict() for check in checks]))
    else:
        for check in checks:
            mark = "ok     " if check.works else ("missing" if check.needed else "optional")
            typer.echo(f"{mark:8} {check.what}: {check.found}")
            if not check.works:
                typer.echo(f"         {check.remedy}")
    raise typer.Exit(0 if all(check.works or not check.needed for check in checks) else 2)


def _checks() -> Iterator[Check]:
    python = platform.python_version()
    yield Check("Python", sys.version_info >= (3, 11), python, "install Python 3.11 or newer")
    for name, purpose, probe in _PARTS:
        yield _tried(name, purpose, probe)
    yield _writable()
    data = os.environ.get("SILLAGE_DATA")
    here = bool(data) and Path(str(data)).is_dir()
    yield Check(
        "real data sets",
        here,
        str(data) if here else "SILLAGE_DATA is not set" if not data else f"{data} is no folder",
        "set SILLAGE_DATA to a folder of data sets; `sillage data list` says which there are",
        needed=False,
    )
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    yield Check(
        "browser for the page tests",
        browser is not None,
        browser or "no chromium on the path",
        "Debian: apt-get install chromium (only the browser tests need it)",
        needed=False,
    )


def _tried(name: str, purpose: str, probe: Callable[[], str]) -> Check:
    try:
        return Check(f"{name} ({purpose})", True, probe())
    except Exception as error:  # noqa: BLE001 - a doctor reports whatever ails
        trouble = f"{type(error).__name__}: {error}"
        return Check(f"{name} ({purpose})", False, trouble, "run `make setup` again")


def _writable() -> Check:
    import tempfile

    try:
        with tempfile.TemporaryFile() as file:
            file.write(b"sillage")
    except OSError as error:
        return Check("temporary files", False, str(error), "free disk space or set TMPDIR")
    return Check("temporary files", True, tempfile.gettempdir())


def _kernels() -> str:
    import numba
    import numpy as np

    from sillage.air.growth import briggs
    from sillage.air.plume import point_coupling

    point_coupling(
        [[0.0, 0.0, 1.0]], [[50.0, 0.0, 1.0]], np.array([[3.0, 0.0]]), briggs("urban", "D")
    )
    return f"numba {numba.__version__}, compiled and ran"


def _tables() -> str:
    import pyarrow as pa

    return f"pyarrow {pa.__version__}"


def _maps() -> str:
    import pyproj

    from sillage.records.place import LocalFrame

    LocalFrame(lon=0.0, lat=51.0).to_lonlat(10.0, 10.0)
    return f"pyproj {pyproj.__version__}"


def _terrain() -> str:
    import rasterio

    return f"rasterio {rasterio.__version__}"


def _ledger() -> str:
    import sqlite3

    import cryptography

    return f"SQLite {sqlite3.sqlite_version}, cryptography {cryptography.__version__}"


_PARTS: tuple[tuple[str, str, Callable[[], str]], ...] = (
    ("kernels", "dispersion and inversion", _kernels),
    ("tables", "CSV and Parquet", _tables),
    ("coordinates", "WGS 84 and local metres", _maps),
    ("terrain", "elevation models", _terrain),
    ("ledger", "evidence", _ledger),
)
