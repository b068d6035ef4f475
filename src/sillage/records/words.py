"""How are small numbers said?"""

from __future__ import annotations

_NUMBERS = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def in_words(count: int) -> str:
    """A number as a word, in figures from ten on."""
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)
