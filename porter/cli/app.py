"""The `porter` command and its table of subcommands."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from importlib import import_module

import click

from porter import __version__

# Name, then what `--help` says: the modules themselves are not imported for that.
COMMANDS = {
    "migrate": "Translate files, as a diff or into a new tree.",
    "check": "Say what migrate would do at each place.",
    "observe": "Run the source once, and keep the shapes that it saw for migrate.",
    "verify": "Run both sides and compare every number.",
    "rules": "List and show the rules that porter knows.",
}


class LazyGroup(click.Group):
    """A group that imports a command's module only when that command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of `cmd_name`."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"porter.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="porter")
def app() -> None:
    """Move code between Keras/TensorFlow and PyTorch, with evidence.

    Exit status: 0 nothing left to do, 1 findings or differences, 2 wrong use or
    a file that could not be read.
    """


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line `argv` (the process's own by default); returns the exit status."""
    try:
        app.main(args=argv, prog_name="porter")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except Exception:
        # Status 1 would read as "findings"; a bug of porter must not look like a result.
        traceback.print_exc()
        click.echo("porter crashed: this is a bug in porter, not in your code", file=sys.stderr)
        return 2
    return 0
