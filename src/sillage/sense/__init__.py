"""Open files of measurements, as their maps declare them, and give readings, wind and tracks.

A map says which column means what, in which unit, zone and frame; nothing is guessed. What had to
be left out is counted in `masked`, what had to be supposed is said in `assumptions`.
"""

from sillage.sense.context import read_context
from sillage.sense.frames import check_same_place
from sillage.sense.maps import ContextMap, Elevation, ReadingsMap, TrackMap, WindMap, decode_map
from sillage.sense.readings import read_readings
from sillage.sense.track import read_track
from sillage.sense.wind import read_wind

__all__ = [
    "ContextMap",
    "Elevation",
    "ReadingsMap",
    "TrackMap",
    "WindMap",
    "check_same_place",
    "decode_map",
    "read_context",
    "read_readings",
    "read_track",
    "read_wind",
]
