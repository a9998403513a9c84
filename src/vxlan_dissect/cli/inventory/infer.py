"""`vxd inventory infer`: what does a capture alone let one write down?

Law: the file is a start that a person names things in: hosts are called by their addresses, and each line keeps the
frames that it follows from.
"""

from __future__ import annotations

import click

from vxlan_dissect.cli.console import say
from vxlan_dissect.cli.inventory.convert import save
from vxlan_dissect.cli.options import output_option

_EXAMPLES = """\b
Examples:
  vxd inventory infer 1.cap -o lab.inventory.yaml
  vxd inventory infer 1.cap 2.cap | less

\b
Then replace `10.244.1.233` by the name of the pod, and:
  vxd explain 1.cap -i lab.inventory.yaml"""


@click.command("infer", epilog=_EXAMPLES)
@click.argument("captures", nargs=-1, required=True, metavar="CAPTURE...")
@output_option
def command(*, captures: tuple[str, ...], output: str | None) -> None:
    """Write what CAPTUREs let infer as an inventory file (*.inventory.yaml)."""
    from vxlan_dissect.infer import read
    from vxlan_dissect.inventory.inventory import Inventory

    found = [read(capture) for capture in captures]
    save(Inventory(fact for one in found for fact in one.facts), output)
    for one in found:
        confidence = f" ({one.network.confidence})" if one.network.reasons else ""
        say(f"{one.file}: {len(one.facts)} facts; network: {one.network.name}{confidence}")
        if one.left_out:
            say(f"{one.file}: {one.left_out} frames show more different situations than are looked at")
