"""What can be typed: `sillage COMMAND`, with one exit code for each kind of ending.

0 done · 1 the input is wrong, and the message says what to mend · 2 it failed or was stopped.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer
from typer.exceptions import TyperException
from typer.main import get_command

import sillage
from sillage.errors import SillageError

app = typer.Typer(
    name="sillage",
    help="Finds hidden chemical sources from what they leave in the air.",
    epilog="Start here:  sillage demo",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _tell_version(asked: bool) -> bool:
    if asked:
        typer.echo(f"sillage {sillage.__version__}")
        raise typer.Exit
    return asked


@app.callback()
def _sillage(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_tell_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Finds hidden chemical sources from what they leave in the air.

    It finds chemicals and sites, never people. Every action outside is a person's.
    """


def _add_commands() -> None:
    from sillage.console.commands import (
        data,
        demo,
        detect,
        doctor,
        gas,
        identify,
        ledger,
        localise,
        retrieve,
        simulate,
        survey,
        verify,
    )

    for command in (
        *(demo, survey, retrieve, detect, identify),
        *(localise, simulate, verify, doctor),
    ):
        command.add_to(app)
    app.add_typer(gas.app, name="gas")
    app.add_typer(ledger.app, name="ledger")
    app.add_typer(data.app, name="data")


_add_commands()


def main() -> None:
    """Run the command line; every ending is one of the three exit codes."""
    command = get_command(app)
    try:
        with command.make_context("sillage", sys.argv[1:]) as context:
            command.invoke(context)
        sys.stdout.flush()
        code = 0
    except typer.Exit as ending:
        code = ending.exit_code
    except TyperException as error:
        if wrong := error.format_message():  # nothing where the help was shown instead
            typer.echo(
                f"sillage: {wrong.rstrip('.')}; `sillage --help` says what can be typed", err=True
            )
        code = 1
    except SillageError as error:
        typer.echo(f"sillage: {error}", err=True)
        code = error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        typer.echo("sillage: stopped; nothing half-written is left", err=True)
        code = 2
    except BrokenPipeError:
        # Who reads the output has gone, such as `head`; Python would complain when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 2
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        told = f"{where}{error.strerror or error}; nothing half-written is left"
        typer.echo(f"sillage: {told}", err=True)
        code = 2
    sys.exit(code)
