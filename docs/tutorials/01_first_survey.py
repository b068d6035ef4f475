# # The first survey
#
# We let gas leak where we know it, look at what the instruments logged, and ask Sillage where it
# came from. Ten minutes, no instrument; the script runs as it stands, so you can copy it whole.

import json
import subprocess
import sys
from math import hypot
from pathlib import Path

from sillage.ledger import Ledger
from sillage.records.place import LocalFrame
from sillage.records.source_estimate import SourceEstimate


def sillage(*words: str) -> None:
    """Type a command, as you would in a shell."""
    print("$ sillage", *words)
    program = Path(sys.executable).with_name("sillage")
    subprocess.run([program, *words], check=True)


# ## A world with known truth
#
# A farmyard: one leak of methane, 1.5 kg/h, 20 m east and 30 m north of the origin. Six samplers
# stand around the yard and read once in five seconds, with noise and a wandering zero. A mast
# measures the wind, for half an hour. Everything that is not written here has a default.

Path("WORLD.toml").write_text(
    """
name = "Farmyard"
gas = "methane"
start = 2026-05-09T10:00:00Z
duration_s = 1800
seed = 7
origin = { lon = -1.43, lat = 51.14 }
area = { west_m = -80, east_m = 120, south_m = -80, north_m = 120 }
wind = { speed_m_s = 3.0, from_deg = 235, direction_drift_deg = 25 }

[[sources]]
name = "leak"
east_m = 20
north_m = 30
rate_kg_h = 1.5

[instruments.sampler]
every_s = 5
noise_ppm = 0.02
drift_ppm = 0.02

"""
    + "\n".join(
        f"""
[[sensors]]
kind = "point"
name = "sampler-{number}"
instrument = "sampler"
east_m = {east}
north_m = {north}
height_m = 2.0
"""
        for number, (east, north) in enumerate(
            [(60, 40), (50, 70), (25, 80), (80, 75), (70, 10), (-20, 10)], start=1
        )
    )
)

# Now let it happen. The folder `field` holds the files that you would bring home from the field:
# a log of readings, a log of wind, and a survey file that says which column is what. `truth.json`
# lies beside them; no survey reads it.

sillage("simulate", "WORLD.toml", "--out", "field")

# ## The survey
#
# One command reads the logs and answers.

sillage("survey", "field/SURVEY.toml", "--out", "answer")

# Open `answer/report.html` in a browser: the map, what was measured against what the answer
# predicts, and everything that was masked or assumed. It is one file and needs no internet.
#
# ## The answer
#
# `answer/ledger.sqlite` holds every record, from the log's hash to the answer. First: has anything
# been changed since?

sillage("verify", "answer/ledger.sqlite")

# Then take the answer out of it, and hold it against the truth.

with Ledger.open("answer/ledger.sqlite", read_only=True) as ledger:
    estimate = next(record for record in ledger if isinstance(record, SourceEstimate))

truth = json.loads(Path("field/truth.json").read_text())["sources"][0]
yard = LocalFrame(lon=-1.43, lat=51.14)
leak = estimate.sources[0]
east_m, north_m = yard.to_local(leak.position.lon, leak.position.lat)
off_m = hypot(east_m - truth["east_m"], north_m - truth["north_m"])
widest = leak.regions[-1]

print(f"verdict      {estimate.verdict}: {estimate.reason}")
print(f"position     {off_m:.1f} m from the truth, one sigma {leak.position_std_m:.1f} m")
print(
    f"{widest.level:.0%} region   as large as a circle of {widest.equivalent_radius_m:.0f} m radius"
)
print(
    f"rate         {leak.rate.low:.2f} to {leak.rate.high:.2f} kg/h, "
    f"in truth {truth['rate_kg_h']:.2f} kg/h"
)

# An answer is not a point: it is a region and an interval, and it is honest when the truth lies in
# them as often as they say. One world cannot show that, two hundred can; `benchmarks/` does.
#
# What next? Move the leak, take a sampler away, or turn the wind, and see how the answer knows
# less. Then [survey your own logs](../how-to/survey-your-own-logs.md).

assert estimate.verdict != "cannot tell"
assert off_m < 4 * leak.position_std_m + 5
