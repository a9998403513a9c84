"""`vxd topology`: what hangs on what?

Law: what is given and what captures let infer are one graph, in which what is given comes first. An empty graph is an
answer too.
"""

from __future__ import annotations

import click

from vxlan_dissect.cli.captured import Captured
from vxlan_dissect.cli.console import Output
from vxlan_dissect.cli.options import (
    colour_option,
    format_option,
    inventory_option,
    no_names_option,
    output_option,
)
from vxlan_dissect.errors import UsageError
from vxlan_dissect.report.topology import FORMATS

_EXAMPLES = """\b
Examples:
  vxd topology -i inventory/
  vxd topology -i sysdump.zip --node worker
  vxd topology -i inventory/ -T dot | dot -Tsvg -o topology.svg
  vxd topology 1.cap                      what a capture alone gives away
  vxd topology -i inventory/ -T json | jq '.edges[] | select(.kind == "tunnels-to")'

\b
Exit status: 0 done, 2 something could not be read."""


@click.command("topology", epilog=_EXAMPLES)
@click.argument("captures", nargs=-1, metavar="[CAPTURE...]")
@inventory_option
@format_option(
    FORMATS, "A tree for people, a picture for Graphviz or Mermaid, or all that is known for other programs."
)
@output_option
@click.option("--node", "nodes", multiple=True, metavar="NODE", help="Only this node; may be given several times.")
@no_names_option
@colour_option
@click.pass_context
def command(
    ctx: click.Context, *, captures: tuple[str, ...], inventories: tuple[str, ...], shape: str, output: str | None,
    nodes: tuple[str, ...], no_names: bool, colour: str,
) -> None:  # fmt: skip
    """Show which interfaces, pods, tunnels, bridges and services there are, and what each hangs on.

    CAPTURE adds what its frames let infer.
    """
    from vxlan_dissect.inventory.graph.part import part_of
    from vxlan_dissect.report.topology import render

    if not captures and not inventories:
        raise UsageError("name an inventory with -i, or a capture")
    reading = Captured(captures, inventories)
    with Output(output, [*captures, *inventories]) as out:
        graph = reading.inventory().graph
        if nodes:
            graph = part_of(graph, nodes)
        for text in render(graph, shape, out.screen(colour), names=not no_names):
            out.write(text)
        out.flush()
    ctx.exit(2 if reading.unusable else 0)
