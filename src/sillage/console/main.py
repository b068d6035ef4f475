"""What can be typed: `sillage COMMAND`, with one exit code for each kind of ending.

0 done · 1 the input is wrong, and the message says what to mend · 2 it failed or was stopped.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

import sillage
from sillage.errors import SillageError

app = typer.Typer(
    name="sillage",
    help="Finds hidden chemical sources from what they leave in the air.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
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
        doctor,
        gas,
        localise,
        simulate,
        survey,
        verify,
    )

    for command in (demo, survey, localise, simulate, verify, doctor):
        command.add_to(app)
    app.add_typer(gas.app, name="gas")
    app.add_typer(data.app, name="data")


_add_commands()


def main() -> None:
    """Run the command line; every ending is one of the three exit codes."""
    from click import ClickException
    from click.exceptions import Abort, Exit

    try:
        ended = app(standalone_mode=False)
        code = ended if isinstance(ended, int) else 0
    except Exit as ending:
        code = ending.exit_code
    except ClickException as error:
        error.show()
        code = 1
    except SillageError as error:
        typer.echo(f"sillage: {error}", err=True)
        code = error.exit_code
    except (KeyboardInterrupt, Abort):
        typer.echo("sillage: stopped; nothing was written", err=True)
        code = 2
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        typer.echo(f"sillage: {where}{error.strerror or error}; nothing was written", err=True)
        code = 2
    sys.exit(code)
