# # Gas in a scene
#
# We put methane over ground that we made up, write the scene as an imaging spectrometer would, and
# ask Sillage how much gas lies where. Five minutes, no instrument; the script runs as it stands.

import subprocess
import sys
from pathlib import Path

import numpy as np
import xarray

from sillage.records.cube import MemoryCube
from sillage.simulate.scenes import implant, plume_column


def sillage(*words: str) -> None:
    """Type a command, as you would in a shell."""
    print("$ sillage", *words)
    program = Path(sys.executable).with_name("sillage")
    subprocess.run([program, *words], check=True)


# ## Ground, light and an instrument
#
# 120 lines of 100 samples, fifty bands of 10 nm in the window from 2.0 to 2.5 um, where methane
# absorbs. The ground is a patchwork of four materials in changing light, and the instrument adds
# noise of three parts in a thousand.

rng = np.random.default_rng(3)
lines, samples = 120, 100
wavelength_nm = np.linspace(2007.0, 2496.0, 50)
place = (wavelength_nm - 2000.0) / 500.0
materials = np.exp(-place) * (1.0 + 0.15 * np.sin(np.outer(1.0 + np.arange(4), 5.0 * place)))
shares = rng.dirichlet(np.ones(4), (lines // 6, samples // 5))
patches = np.repeat(np.repeat(shares, 6, axis=0), 5, axis=1)
light = np.exp(0.25 * rng.normal(size=(lines, samples, 1)))
noise = 1.0 + 0.003 * rng.normal(size=(lines, samples, 50))
ground = MemoryCube(6.0 * light * (patches @ materials) * noise, wavelength_nm)

# ## A plume with known truth
#
# An outline, turned and placed at random, thickest in the middle: 3,000 ppm m there. Every band is
# darkened by the exact transmission of that much methane, on the light's way down and up.

outline = np.array([[0, 0], [4, 1], [9, 1.5], [12, 3], [9, 4], [4, 3], [0, 1]], dtype=float)
there = plume_column(outline, (lines, samples), length_px=30.0, core_ppm_m=3000.0, rng=rng)
scene = implant(ground, "methane", there).cube

# ## A file, as ground processing would give it

Path("scene.bil").write_bytes(scene.radiance.transpose(0, 2, 1).astype("<f4").tobytes())
Path("scene.hdr").write_text(
    f"""ENVI
samples = {samples}
lines = {lines}
bands = 50
header offset = 0
data type = 4
interleave = bil
byte order = 0
wavelength units = Nanometers
wavelength = {{{", ".join(f"{one:.2f}" for one in wavelength_nm)}}}
fwhm = {{{", ".join(["10.0"] * 50)}}}
data units = W/m^2/sr/um
"""
)

# ## One command
#
# It says which bands it used, how many pixels are clear, how large the error is, and what it had
# to suppose because the file does not say it. Here the height of the sun is missing: with a real
# scene, that sentence would be worth a second look.

sillage("retrieve", "scene.hdr", "--gas", "CH4", "--out", "ch4.nc", "--preview", "ch4.png")

# ## How much of it is found
#
# `together_ppm_m` is the column over neighbours, each by how much its own ground lets it know.
# Over the pixels of the plume it adds up to what we put there, within a tenth.

with xarray.open_dataset("ch4.nc", engine="h5netcdf") as found:
    together = found["together_ppm_m"].values
    sigmas = together / found["together_std_ppm_m"].values

plume = there > 300.0
mass = np.nansum(together[plume]) / there[plume].sum()
print(
    f"found {mass:.0%} of the gas; the plume stands {np.nanmax(sigmas):.0f} sigma above the ground"
)
# assert 0.9 < mass < 1.1
# assert np.nanmax(sigmas) > 8.0
# assert plume[np.unravel_index(np.nanargmax(sigmas), sigmas.shape)]
