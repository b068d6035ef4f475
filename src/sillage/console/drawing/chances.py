"""How probable is each number of something?"""

from __future__ import annotations

from collections.abc import Sequence

from sillage.console.drawing.markup import Markup
from sillage.console.drawing.scales import Scale, percent
from sillage.console.drawing.svg import PANEL_WIDTH, Box, line, panel, rectangle, words

HEIGHT = 200.0
_BOX = Box(16.0, 40.0, PANEL_WIDTH - 16.0, HEIGHT - 40.0)
_WIDEST = 64.0


def chances_figure(chances: Sequence[float], *, title: str, what: str) -> Markup:
    """A bar for each number from none on, as high as it is probable.

    Parameters
    ----------
    chances
        Probability of 0, 1, 2 ..., at least one of them.
    title
        What is counted, in words.
    what
        Stands below the numbers.
    """
    height = Scale(0.0, 1.0, _BOX.bottom, _BOX.top)
    room = _BOX.width / len(chances)
    half = min(0.35 * room, _WIDEST / 2.0)
    layers = [line(_BOX.left, _BOX.bottom, _BOX.right, _BOX.bottom, "axis")]
    for count, chance in enumerate(chances):
        x, top = _BOX.left + (count + 0.5) * room, height.at(chance)
        layers.append(rectangle(Box(x - half, top, x + half, _BOX.bottom), "on"))
        layers.append(words(x, top - 6, percent(chance), anchor="middle", look="label"))
        layers.append(words(x, _BOX.bottom + 17, str(count), anchor="middle", look="tick"))
    layers.append(words(_BOX.right, _BOX.bottom + 33, what, anchor="end", look="unit"))
    layers.append(words(_BOX.left, 16, title, look="name"))
    told = ", ".join(f"{count}: {percent(chance)}" for count, chance in enumerate(chances))
    return panel(HEIGHT, *layers, title=title, described=f"Probability of {told}.", kind="chances")
