"""What does each command do, which options has it, and how is it typed?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.core import TyperArgument, TyperGroup
from typer.main import get_command

from house.markdown import code, table
from sillage.console.main import app


def commands() -> Iterator[tuple[str, Any]]:
    """Every command that does something, with its full name such as `sillage gas list`."""
    waiting: list[tuple[str, Any]] = [("sillage", get_command(app))]
    while waiting:
        name, command = waiting.pop(0)
        if isinstance(command, TyperGroup):
            below = command.commands.items()
            waiting += [(f"{name} {word}", inner) for word, inner in below if not inner.hidden]
        else:
            yield name, command


def undocumented() -> list[str]:
    """Commands without help or an example, and options without help."""
    missing = []
    for name, command in commands():
        missing += [] if command.help else [f"{name}: help"]
        missing += [] if name in (_example(command) or "") else [f"{name}: an example"]
        missing += [f"{name}: {option.name}" for option in command.params if not option.help]
    return missing


def page() -> str:
    """The page of commands."""
    parts = [
        "# Commands\n",
        "Every command ends with 0 when it is done, 1 when the input is wrong and 2 when the work",
        "failed or was stopped. It writes an output whole or not at all.\n",
    ]
    for name, command in commands():
        rows = [
            (_spelled(option), option.help or "", _default(option)) for option in command.params
        ]
        parts += [f"## {name}\n", _help(command), ""]
        parts += [table(("", "means", "default"), rows)]
    return "\n".join(parts)


def _help(command: Any) -> str:
    return f"{command.help or ''}\n\n```console\n$ {_example(command)}\n```"


def _example(command: Any) -> str | None:
    """The line that `--help` ends with."""
    before, found, line = (command.epilog or "").partition("Example:  ")
    return line.strip() if found and not before else None


def _spelled(option: Any) -> str:
    if isinstance(option, TyperArgument):
        return code(option.metavar or str(option.name).upper())
    return ", ".join(code(spelling) for spelling in [*option.opts, *option.secondary_opts])


def _default(option: Any) -> str:
    if option.required:
        return "**needed**"
    if isinstance(option.default, bool) or not isinstance(option.default, str | int | float | Path):
        return ""
    return code(str(option.default))
