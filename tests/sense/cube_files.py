"""Cubes written as users bring them: one radiance, in every format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

LINES, SAMPLES, BANDS = 6, 5, 4
CENTRES_NM = np.array([2100.0, 2200.0, 2300.0, 2400.0])
UNIT = "W m-2 sr-1 um-1"
ENVI_TYPES = {
    "u1": 1, "i2": 2, "i4": 3, "f4": 4, "f8": 5, "u2": 12, "u4": 13, "i8": 14, "u8": 15,
}  # fmt: skip
AXES = {"bsq": (2, 0, 1), "bil": (0, 2, 1), "bip": (0, 1, 2)}


def radiance(
    lines: int = LINES, samples: int = SAMPLES, bands: int = BANDS, seed: int = 1
) -> NDArray[np.float32]:
    """Numbers that every format can hold: whole, from 2 to 120."""
    numbers = np.random.default_rng(seed).integers(2, 121, (lines, samples, bands))
    return numbers.astype(np.float32)


def envi_fields(cube: NDArray[Any], interleave: str, order: int) -> dict[str, Any]:
    lines, samples, bands = cube.shape
    centres = CENTRES_NM if bands == BANDS else np.linspace(2000.0, 2500.0, bands)
    return {
        "samples": samples,
        "lines": lines,
        "bands": bands,
        "header offset": 0,
        "file type": "ENVI Standard",
        "data type": ENVI_TYPES[cube.dtype.newbyteorder("=").str[1:]],
        "interleave": interleave,
        "byte order": order,
        "wavelength units": "Nanometers",
        "wavelength": "{" + ", ".join(map(str, centres)) + "}",
        "data units": UNIT,
    }


def header_text(fields: dict[str, Any]) -> str:
    kept = {key: value for key, value in fields.items() if value is not None}
    return "ENVI\n" + "".join(f"{key} = {value}\n" for key, value in kept.items())


def write_envi(
    folder: Path,
    cube: NDArray[Any],
    *,
    interleave: str = "bil",
    order: int = 0,
    name: str = "scene.img",
    **changes: Any,
) -> Path:
    """Header and numbers; `changes` replace fields (None leaves one out). The header's path."""
    fields = envi_fields(cube, interleave, order)
    fields |= {key.replace("_", " "): value for key, value in changes.items()}
    header = (folder / name).with_suffix(".hdr")
    header.write_text(header_text(fields), "utf-8")
    offset = int(fields["header offset"] or 0)
    laid = np.ascontiguousarray(cube.transpose(AXES[interleave]))
    raw = laid.astype(laid.dtype.newbyteorder("<>"[order])).tobytes()
    (folder / name).write_bytes(b"\xaa" * offset + raw)
    return header


def write_emit(folder: Path, cube: NDArray[Any], *, angles: bool = True) -> Path:
    """EMIT L1B RAD, and OBS beside it, as the archive gives them (uW cm-2 sr-1 nm-1)."""
    import h5netcdf

    lines, samples, bands = cube.shape
    path = folder / "EMIT_L1B_RAD_001_20220827T060753_2223904_013.nc"
    row, column = np.mgrid[0:lines, 0:samples].astype("f8")
    with h5netcdf.File(path, "w") as file:
        file.dimensions = {"downtrack": lines, "crosstrack": samples, "bands": bands,
                           "ortho_y": lines + 2, "ortho_x": samples + 2}  # fmt: skip
        file.attrs["time_coverage_start"] = "2022-08-27T06:07:53+0000"
        file.attrs["time_coverage_end"] = "2022-08-27T06:08:05+0000"
        axes = ("downtrack", "crosstrack", "bands")
        numbers = file.create_variable(
            "radiance", axes, "f4", data=cube.astype("f4"), fillvalue=np.float32(-9999.0),
            chunks=(2, samples, bands), compression="gzip",
        )  # fmt: skip
        numbers.attrs["units"] = "uW/cm^2/SR/nm"
        band = file.create_group("sensor_band_parameters")
        band.create_variable("wavelengths", ("bands",), "f4", data=CENTRES_NM)
        band.create_variable("fwhm", ("bands",), "f4", data=np.full(bands, 8.5))
        place = file.create_group("location")
        for name, numbers in {"lon": 54.0 + column / 2000, "lat": 39.0 - row / 2000,
                              "elev": 10.0 * row}.items():  # fmt: skip
            place.create_variable(name, axes[:2], "f8", data=numbers)
        for name in ("glt_x", "glt_y"):
            zeros = np.zeros((lines + 2, samples + 2), "i4")
            place.create_variable(name, ("ortho_y", "ortho_x"), "i4", data=zeros)
    if angles:
        beside = folder / path.name.replace("_RAD_", "_OBS_")
        with h5netcdf.File(beside, "w") as file:
            file.dimensions = {"downtrack": lines, "crosstrack": samples, "bands": 11}
            obs = np.broadcast_to(np.arange(1.0, 12.0), (lines, samples, 11))
            file.create_variable("obs", axes, "f4", data=obs)
            file.create_group("sensor_band_parameters")
    return path


def write_aviris3(folder: Path, cube: NDArray[Any], *, angles: bool = True) -> Path:
    """AVIRIS-3 L1B RDN, and OBS beside it."""
    import h5netcdf

    lines, samples, bands = cube.shape
    path = folder / "AV320230919t184421_000_L1B_RDN_3f4aef90_RDN.nc"
    row, column = np.mgrid[0:lines, 0:samples].astype("f8")
    with h5netcdf.File(path, "w") as file:
        file.dimensions = {"wavelength": bands, "lines": lines, "samples": samples}
        group = file.create_group("radiance")
        numbers = group.create_variable(
            "radiance", ("wavelength", "lines", "samples"), "f4", data=cube.transpose(2, 0, 1)
        )
        numbers.attrs["units"] = "uW nm-1 cm-2 sr-1"
        group.create_variable("wavelength", ("wavelength",), "f4", data=CENTRES_NM)
        group.create_variable("fwhm", ("wavelength",), "f4", data=np.full(bands, 8.5))
    if angles:
        with h5netcdf.File(folder / "AV320230919t184421_000_L1B_OBS_3f4aef90_OBS.nc", "w") as file:
            file.dimensions = {"lines": lines, "samples": samples}
            axes = ("lines", "samples")
            file.create_variable("lon", axes, "f8", data=-119.0 + column / 1e5)
            file.create_variable("lat", axes, "f8", data=36.0 - row / 1e5)
            group = file.create_group("observation_parameters")
            for name, number in {"to_sensor_zenith": 4.0, "to_sun_zenith": 40.0}.items():
                group.create_variable(name, axes, "f4", data=np.full((lines, samples), number))
    return path


def write_tiff(path: Path, cube: NDArray[Any], **profile: Any) -> Path:
    """A GeoTIFF of the cube's bands on a map of UTM zone 13."""
    import rasterio
    from rasterio.transform import Affine

    lines, samples, bands = cube.shape
    with rasterio.open(
        path, "w", driver="GTiff", height=lines, width=samples, count=bands,
        dtype=cube.dtype.name, **{"crs": "EPSG:32613", "nodata": -9999,
        "transform": Affine(20.0, 0.0, 500_000.0, 0.0, -20.0, 4_000_000.0)} | profile,
    ) as tiff:  # fmt: skip
        tiff.write(np.moveaxis(cube, 2, 0))
        tiff.update_tags(units=UNIT)
    return path
