"""What would the instruments have read, had the source been there? Worlds with known truth."""

from sillage.simulate.crowd import crowded_world
from sillage.simulate.draw import random_world
from sillage.simulate.files import write_world
from sillage.simulate.generate import Happening, generate
from sillage.simulate.world import World, load_world, world_from

__all__ = [
    "Happening",
    "World",
    "crowded_world",
    "generate",
    "load_world",
    "random_world",
    "world_from",
    "write_world",
]
