"""`vxd inventory convert`: how does an inventory get into one file that people can read and edit?

Law: what is read from the file again is the same; each line keeps where it came from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vxlan_dissect.cli.console import say
from vxlan_dissect.cli.options import output_option

if TYPE_CHECKING:
    from vxlan_dissect.inventory.inventory import Inventory

_EXAMPLES = """\b
Examples:
  vxd inventory convert sysdump.zip -o lab.inventory.yaml
  vxd inventory convert session.txt pods.txt > lab.inventory.yaml
  vxd explain 1.cap -i lab.inventory.yaml"""


@click.command("convert", epilog=_EXAMPLES)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@output_option
def command(*, paths: tuple[str, ...], output: str | None) -> None:
    """Write what PATHs say as an inventory file (*.inventory.yaml)."""
    from vxlan_dissect.inventory.inventory import Inventory

    inventory = Inventory.load(*paths)
    save(inventory, output)
    if inventory.notes:
        unread = sum(note.count for note in inventory.notes)
        say(f"{unread} lines, keys or files were not read: `vxd inventory check` names them")


def save(inventory: Inventory, output: str | None) -> None:
    """Write an inventory to a file, or to standard output."""
    from vxlan_dissect.inventory.own import write

    if output is None or output == "-":
        for line in write(inventory):
            click.echo(line)
        return
    text = "".join(f"{line}\n" for line in write(inventory))
    with open(output, "w", encoding="utf-8", newline="\n") as stream:
        stream.write(text)
