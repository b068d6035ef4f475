"""Where can a label stand without covering another or the thing it names?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sillage.console.drawing.markup import Markup, join
from sillage.console.drawing.svg import Box, words

LETTER = 8.1
"""Width of an average letter at the largest size labels take (on a phone)."""
HEIGHT = 14.0
LONGEST = 18

_PLACES = (
    *((9.0, 4.5, "start"), (-9.0, 4.5, "end"), (0.0, -9.0, "middle"), (0.0, 18.0, "middle")),
    *((7.0, -7.0, "start"), (7.0, 16.0, "start"), (-7.0, -7.0, "end"), (-7.0, 16.0, "end")),
)


@dataclass
class Labels:
    """Labels placed one after the other in a box, each where it is still free."""

    room: Box
    taken: list[Box] = field(default_factory=list)
    left_out: int = 0
    _written: list[Markup] = field(default_factory=list)

    def keep_free(self, points: Iterable[tuple[float, float]], radius: float = 5.0) -> None:
        """Keep labels off marks at these points."""
        for x, y in points:
            self.taken.append(Box(x - radius, y - radius, x + radius, y + radius))

    def write(self, x: float, y: float, name: str, look: str = "label") -> None:
        """Write a name beside a point, or count it as left out when no place is free."""
        shown = name if len(name) <= LONGEST else name[: LONGEST - 1] + "\u2026"
        width = LETTER * len(shown)
        for dx, dy, anchor in _PLACES:
            shift = {"start": 0.0, "middle": width / 2.0, "end": width}[anchor]
            left = x + dx - shift
            spot = Box(left, y + dy - HEIGHT + 3, left + width, y + dy + 3)
            if self._fits(spot):
                self.taken.append(spot)
                self._written.append(words(x + dx, y + dy, shown, anchor=anchor, look=look))
                return
        self.left_out += 1

    def drawn(self) -> Markup:
        """All labels that found a place."""
        return join(self._written)

    def _fits(self, spot: Box) -> bool:
        room = self.room
        if spot.left < room.left or spot.right > room.right:
            return False
        if spot.top < room.top or spot.bottom > room.bottom:
            return False
        return not any(
            spot.left < other.right
            and other.left < spot.right
            and spot.top < other.bottom
            and other.top < spot.bottom
            for other in self.taken
        )
