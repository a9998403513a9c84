"""`vxd inventory infer`: what does a capture tell of its hosts, as a file to go on from?

Law: every line names the frames that it follows from and stays a guess until someone takes that away; the name of a
node or a pod stands in one place, where it can be changed.
"""

from __future__ import annotations

import click

from vxlan_dissect.cli.captured import Captured
from vxlan_dissect.cli.console import say
from vxlan_dissect.cli.inventory.convert import save
from vxlan_dissect.cli.options import output_option

_EXAMPLES = """\b
Examples:
  vxd inventory infer 1.cap -o lab.inventory.yaml
  vxd inventory infer 1.cap 2.cap | less

\b
Then replace `10.244.1.233` by the name of the pod, and:
  vxd explain 1.cap -i lab.inventory.yaml

\b
Exit status: 0 done, 2 something could not be read."""


@click.command("infer", epilog=_EXAMPLES)
@click.argument("captures", nargs=-1, required=True, metavar="CAPTURE...")
@output_option
@click.pass_context
def command(ctx: click.Context, *, captures: tuple[str, ...], output: str | None) -> None:
    """Write what the frames of CAPTUREs let infer as an inventory file, in which nodes and pods can be named."""
    from vxlan_dissect.inventory import Inventory

    reading = Captured(captures, ())
    found = reading.inferred()
    save(Inventory([fact for one in found for fact in one.facts]), output)
    for one in found:
        network = one.network
        why = f": {network.reasons[0].why}" if network.reasons else ""
        say(f"{one.file}: {len(one.facts)} facts; network: {network.name} ({network.confidence}{why})")
        if one.left_out:
            say(f"{one.file}: {one.left_out} frames show more different situations than are looked at")
    ctx.exit(2 if reading.unusable else 0)
