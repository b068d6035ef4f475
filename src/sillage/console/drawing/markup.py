"""How does text become HTML or SVG without ever becoming markup by accident?

Only `tag` makes markup; every string that is not `Markup` is escaped on the way in.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

VOID = frozenset({"br", "col", "hr", "meta", "wbr"})
"""HTML elements that have no end tag."""

EMPTY = frozenset({"circle", "line", "path", "polygon", "rect", "stop", "use"})
"""SVG elements that close themselves when they hold nothing."""

# Characters that neither XML 1.0 nor HTML may hold, and lone surrogates that UTF-8 cannot.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# Overrides of the writing direction could make a name read as another one.
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")


class Markup(str):
    """Text that is markup already and stands as it is."""

    __slots__ = ()


def escape(text: object) -> Markup:
    """Text as markup that shows exactly that text; what no document may hold becomes U+FFFD."""
    if isinstance(text, Markup):
        return text
    lines = str(text).replace("\r\n", "\n").replace("\r", "\n")
    clean = _TURNING.sub("\ufffd", _FORBIDDEN.sub("\ufffd", lines))
    return Markup(html.escape(clean, quote=True))


def join(parts: Iterable[object], between: str = "") -> Markup:
    """Parts one after the other, each escaped unless it is markup."""
    return Markup(escape(between).join(escape(part) for part in parts))


def tag(name: str, /, *children: object, **attributes: object) -> Markup:
    """One element.

    Parameters
    ----------
    name
        Element name, as HTML or SVG spells it.
    children
        Text (escaped) or markup, in order.
    attributes
        `stroke_width` stands for `stroke-width`; an ending underscore is dropped (`class_`).
        None and False leave the attribute out, True writes it bare; floats are shortened.
    """
    written = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in VOID or (name in EMPTY and not children):
        return Markup(f"<{name}{written}{'' if name in VOID else '/'}>")
    return Markup(f"<{name}{written}>{join(children)}</{name}>")


def short(value: float) -> str:
    """A coordinate with at most one decimal, as drawings need it."""
    text = f"{value:.1f}"
    return text.removesuffix(".0")


def _attribute(key: str, value: object) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    if value is True:
        return f' {name}=""'
    return f' {name}="{short(value) if isinstance(value, float) else escape(value)}"'
