"""`vxd topology`: what hangs on what?

Law: what is given and what captures let infer are one graph, in which what is given comes first. An empty graph is an
answer too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vxlan_dissect.cli.console import Output, say
from vxlan_dissect.cli.inventories import Inventories
from vxlan_dissect.cli.options import colour_option, no_names_option, output_option
from vxlan_dissect.errors import CaptureError, UsageError
from vxlan_dissect.report.topology import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vxlan_dissect.inventory import Inventory
    from vxlan_dissect.inventory.model import Fact
    from vxlan_dissect.packets import Packets

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
@click.option(
    "-i",
    "--inventory",
    "inventories",
    multiple=True,
    metavar="PATH",
    help="File or folder of what the hosts say (ip, kubectl and cilium output); may be given several times. "
    "Without it, an inventory/ folder or *.inventory.* file beside a capture is used.",
)
@click.option(
    "-T",
    "--format",
    "shape",
    type=click.Choice(FORMATS),
    default=FORMATS[0],
    show_default=True,
    help="A tree for people, a picture for Graphviz or Mermaid, or all that is known for other programs.",
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
    reading = _Reading(captures, inventories)
    with Output(output, [*captures, *inventories]) as out:
        graph = reading.inventory().graph
        if nodes:
            graph = part_of(graph, nodes)
        for text in render(graph, shape, out.screen(colour), names=not no_names):
            out.write(text)
        out.flush()
    ctx.exit(2 if reading.unusable else 0)


class _Reading:
    """What captures and inventories say together. `unusable` says that a capture could not be read to its end."""

    def __init__(self, captures: tuple[str, ...], inventories: tuple[str, ...]) -> None:
        self._captures, self._paths = captures, inventories
        self.unusable = False

    def inventory(self) -> Inventory:
        """The inventory of all. Raises InventoryError, CaptureError where a capture cannot be read at all."""
        from vxlan_dissect.inventory import Inventory

        if not self._captures:
            return Inventory.load(*self._paths)
        known = Inventories(self._paths)
        given: dict[str, Inventory] = {}
        facts: list[Fact] = []
        for capture in self._captures:
            found = known.of(capture)
            say(f"{capture}: {found}")
            if found.inventory is not None:
                given[str(found.path)] = found.inventory
            facts += self._inferred(capture, found.inventory)
        before = [fact for one in given.values() for fact in one.facts]
        return Inventory([*before, *facts], [note for one in given.values() for note in one.notes])

    def _inferred(self, capture: str, given: Inventory | None) -> tuple[Fact, ...]:
        """What the frames of a capture let infer, beside what is given."""
        from vxlan_dissect.infer import infer

        found = infer(self._batches(capture))
        return found.facts if given is None else found.beside(given)

    def _batches(self, capture: str) -> Iterator[Packets]:
        from vxlan_dissect import decode
        from vxlan_dissect.capture import open_capture

        some = False
        try:
            for packets in decode.iter_packets(open_capture(capture)):
                some = True
                yield packets
        except CaptureError as error:
            if not some:
                raise
            self.unusable = True
            say(str(error))
