"""How does a group of commands import only the one that runs?

Law: a group knows its commands by name and sentence; the module of a command is imported when it is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click


class LazyGroup(click.Group):
    """A group whose commands are the objects `command` of the modules of a package.

    `package` is the name of the package, `sentences` maps each module to what the help says of it.
    """

    def __init__(self, *args: Any, package: str = "", sentences: dict[str, str] | None = None, **more: Any) -> None:
        super().__init__(*args, **more)
        self.package, self.sentences = package, sentences or {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table."""
        return list(self.sentences)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The object `command` of the module of that name, None where there is none."""
        if cmd_name not in self.sentences:
            return None
        command: click.Command = import_module(f"{self.package}.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self.sentences.items()))
