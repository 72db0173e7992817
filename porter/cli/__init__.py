"""The command line: one file a command, each loaded when it is called.

Nothing here decides anything about code; commands read options, call the other
rooms and show what they return.
"""

from porter.cli.app import main

__all__ = ["main"]
