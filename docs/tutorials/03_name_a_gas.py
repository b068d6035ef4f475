# # Name a gas
#
# We let a gas drift over ground, look down with an imager of heat, and ask Sillage what is there;
# then a gas that nobody has ever measured. Five minutes, no instrument; the script runs as it
# stands.

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np

from sillage.simulate.lwir_inputs import Imager
from sillage.simulate.lwir_scenes import (
    Air,
    Release,
    draw_plume,
    draw_terrain,
    library_absorption,
    make_scene,
)
from sillage.spectra.atmosphere import Atmosphere


def sillage(*words: str) -> None:
    """Type a command, as you would in a shell."""
    print("$ sillage", *words)
    program = Path(sys.executable).with_name("sillage")
    subprocess.run([program, *words], check=True)


# ## Ground and an imager
#
# Everything about us glows at 7 to 15 um, day and night. Our imager has 64 bands of 75 nm there,
# and sees 64 by 64 pixels of ground: four surfaces, whose emissivity dips where some mineral
# absorbs, and whose warmth changes from slope to slope about 290 K.

rng = np.random.default_rng(5)
bands = 64
wavelength_nm = np.linspace(7520.0, 12010.0, bands)
imager = Imager(wavelength_nm, np.full(bands, 75.0), np.full(bands, 0.02))
centre, width = rng.uniform(7500.0, 12000.0, (40, 1)), rng.uniform(400.0, 1500.0, (40, 1))
dip = np.exp(-0.5 * ((wavelength_nm - centre) / width) ** 2)
emissivity = 0.98 - rng.uniform(0.0, 0.15, (40, 1)) * dip
shape = (64, 64)
ground = draw_terrain(emissivity, shape=shape, surfaces=4, temperature_K=290.0, rng=rng)

# ## Air
#
# 300 m of it lie before the sensor. A table says how much heat it lets through; here is a small
# one, whose depth is a tenth at a kilometre. The data set `atmosphere` holds a real one.

range_m, kelvin = np.array([50.0, 20_000.0]), np.array([250.0, 320.0])
percent, per_cm = np.array([0.0, 100.0]), np.array([600.0, 3500.0])
depth = np.broadcast_to((1e-4 * range_m)[:, None, None, None], (2, 2, 2, 2))
clean = Atmosphere(range_m, kelvin, percent, per_cm, np.log(depth))
air = Air(temperature_K=298.0, relative_humidity_percent=40.0, range_m=300.0)

# ## A plume with known truth, and a file as ground processing would give it
#
# The plume is as warm as the air, 298 K: warmer than the ground, so it glows. Its gas is one of the
# library, or one that we invent: three bands, at 860, 1000 and 1180 cm-1.


def absorption(gas: str, wavenumber_cm: np.ndarray) -> np.ndarray:
    """Cross section in cm2: of the library, but for the gas that we invented."""
    if gas != "invented":
        return library_absorption(gas, wavenumber_cm)
    away = wavenumber_cm[:, None] - np.array([860.0, 1000.0, 1180.0])
    return np.asarray(1e-18 * np.exp(-0.5 * (away / 8.0) ** 2).sum(axis=1))


def write_scene(name: str, gas: str, column_ppm_m: np.ndarray) -> None:
    """What the imager sees of a plume over our ground, as an ENVI file."""
    seen = make_scene(
        ground,
        imager=imager,
        atmosphere=clean,
        air=air,
        release=Release(columns_ppm_m={gas: column_ppm_m}, temperature_K=298.0),
        absorption=absorption,
        rng=rng,
    )
    radiance = seen.cube.radiance.transpose(0, 2, 1).astype("<f4")
    Path(f"{name}.bil").write_bytes(radiance.tobytes())
    Path(f"{name}.hdr").write_text(
        f"""ENVI
samples = {shape[1]}
lines = {shape[0]}
bands = {bands}
header offset = 0
data type = 4
interleave = bil
byte order = 0
wavelength units = Nanometers
wavelength = {{{", ".join(f"{one:.2f}" for one in wavelength_nm)}}}
fwhm = {{{", ".join(["75.0"] * bands)}}}
data units = W/m^2/sr/um
"""
    )


plume = draw_plume(shape, rng=rng)
there = 200.0 * plume
write_scene("scene", "ammonia", there)

# ## One command
#
# It needs the temperature of the air, and how well it is known: a plume is as warm as the air, as a
# rule, and how a gas shows depends on whether it is warmer than the ground. Nobody says where to
# look, or for which gas.

sillage("identify", "scene.hdr", "--air", "298,1", "--out", "named.geojson")

# ## What it says
#
# Each plume has a verdict, the candidates that together hold 90 % of the probability, and of each
# gas its mean column. Its limit of detection is what one pixel must hold to be noticed in 95 of 100
# cases. One false plume was asked for, and may well be there: it is called *nothing*.

answer = json.loads(Path("named.geojson").read_text())
first = answer["features"][0]["properties"]
(told,) = first["columns"]
print(f"{first['verdict']}: {first['reason']}; {first['probability']:.0%} probable")
print(f"{told['column_ppm_m']:.0f} +- {told['std_ppm_m']:.0f} ppm m of {told['gas']}")
print(f"limit of detection in one pixel: {told['limit_ppm_m']:.0f} ppm m")

# ## Against the truth
#
# The outline is in the file, here in pixels, since our scene lies nowhere on Earth. Over the pixels
# in it we know what we put there.

line, sample = np.mgrid[: shape[0], : shape[1]]
inside = np.zeros(shape, dtype=bool)
for ring in first["outline_px"]:
    for (y0, x0), (y1, x1) in pairwise(ring):
        if y0 != y1:
            cut = x0 + (line - y0) * (x1 - x0) / (y1 - y0)
            inside ^= ((y0 > line) != (y1 > line)) & (sample < cut)
truth = there[inside].mean()
print(f"told {told['column_ppm_m']:.0f}, truly {truth:.0f} ppm m over {inside.sum()} pixels")
assert told["gas"] == "ammonia"
assert abs(told["column_ppm_m"] - truth) < 3.0 * told["std_ppm_m"]

# ## What could have been seen
#
# The file lists the limit of every gas that this imager could tell, at the contrast of the scene.
# Weak absorbers take hundreds of ppm m and more; half the contrast takes twice as much.

limits = answer["about"]["limits_ppm_m"]
ranked = sorted(limits, key=lambda gas: limits[gas])
for gas in ranked[:3] + ranked[-3:]:
    print(f"{gas}: {limits[gas]:.3g} ppm m")

# ## A gas that nobody knows
#
# The same plume, of the gas that we invented. It gets no name, and that is an answer, too:
# something is there that no four gases of the library explain. Rare ground looks like that as well,
# so its probability is far lower; look again from another side, or with another sensor.

write_scene("strange", "invented", 300.0 * plume)
sillage("identify", "strange.hdr", "--air", "298,1", "--out", "strange.geojson")
strange = json.loads(Path("strange.geojson").read_text())["features"][0]["properties"]
print(f"{strange['verdict']}: {strange['probability']:.0%} probable")
assert strange["verdict"] == "not in library"
assert strange["probability"] < first["probability"]
