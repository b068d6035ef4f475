"""Open cubes of imaging spectrometers, of any common format, without holding them in memory.

`open_cube` says how a file is understood; `scene_of` describes what it holds as a record.
"""

from sillage.sense.cubes.door import open_cube

__all__ = ["open_cube"]
