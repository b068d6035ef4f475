"""Where can another package plug in, and what is plugged in already?"""

from __future__ import annotations

from house.markdown import code, first_sentence, table
from sillage import registry


def undocumented() -> list[str]:
    """Plug points without a job, and our own plug-ins without a docstring."""
    silent = [group for group, job in registry.GROUPS.items() if not job]
    return silent + [
        f"{group}.{name}"
        for group in registry.GROUPS
        for name in registry.installed(group)
        if not first_sentence(registry.find(group, name).__doc__)
    ]


def page() -> str:
    """The page of plug points."""
    parts = [
        "# Plug points\n",
        "A plug-in is a Python entry point. It is loaded when it is asked for and not before; an",
        "unknown name is answered with the nearest match and the list of what is installed.\n",
    ]
    for group, job in registry.GROUPS.items():
        rows = [
            (code(name), code(point.value), first_sentence(point.load().__doc__))
            for name, point in sorted(registry.installed(group).items())
        ]
        parts += [
            f"## `sillage.{group}`\n",
            f"Job: {job}.\n",
            table(("name", "code", "does"), rows),
        ]
    return "\n".join(parts)
