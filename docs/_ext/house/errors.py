"""Which errors does the package raise, and what does each ask of the user?"""

from __future__ import annotations

from house.markdown import code, first_sentence, own_doc, table
from sillage import errors
from sillage.errors import SillageError


def kinds() -> list[type[SillageError]]:
    """Every deliberate error, as it stands in the file."""
    return [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, SillageError)
    ]


def undocumented() -> list[str]:
    """Errors that have no docstring, or are missing in the tree at the top of the file."""
    tree = errors.__doc__ or ""
    return [kind.__name__ for kind in kinds() if not own_doc(kind) or kind.__name__ not in tree]


def page() -> str:
    """The page of errors."""
    rows = [
        (
            code(kind.__name__),
            code(kind.__mro__[1].__name__),
            str(kind.exit_code),
            first_sentence(own_doc(kind)),
        )
        for kind in kinds()
    ]
    return "\n".join(
        [
            "# Errors\n",
            "Every message says what is wrong, where, and what to do. A command ends with the exit",
            "code of its error: 1 when the input is at fault, 2 when the work failed.\n",
            table(("error", "is a", "exit code", "meaning"), rows),
        ]
    )
