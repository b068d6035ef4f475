"""Sillage finds hidden chemical sources from what they leave in the air.

Start with the page that wires everything: `sillage.watch.pipeline`.
"""

__version__ = "0.1.0"
