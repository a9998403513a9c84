"""`vxd inventory`: how does one get an inventory, and what is in it?

Law: a command is one module here and one line in COMMANDS, imported when it runs.
"""

from __future__ import annotations

import click

from vxlan_dissect.cli.lazy import LazyGroup

# Module of this package -> what `vxd inventory --help` says of it.
COMMANDS = {
    "check": "Say whether an inventory is whole and agrees with itself.",
    "show": "List what an inventory holds.",
    "convert": "Write an inventory as one file that people can edit.",
    "infer": "Write what a capture alone lets infer.",
    "collect": "Gather an inventory from a live cluster through kubectl.",
    "script": "Print a shell script that gathers one.",
}

_EXAMPLES = """\b
Examples:
  vxd inventory check inventory/
  vxd inventory convert sysdump.zip -o lab.inventory.yaml
  vxd inventory collect -o inventory --dry-run
  vxd inventory script > collect.sh"""


@click.group(
    "inventory",
    cls=LazyGroup,
    package="vxlan_dissect.cli.inventory",
    sentences=COMMANDS,
    invoke_without_command=True,
    epilog=_EXAMPLES,
)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Gather, check, show and write what hosts say of themselves: interfaces, addresses, routes, pods."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
