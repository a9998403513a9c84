"""`vxd inventory check`: is an inventory whole, and does it agree with itself?

Law: what is not read is counted and named, never dropped in silence; a contradiction makes the exit status 1.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from vxlan_dissect.cli.captured import Captured
from vxlan_dissect.cli.options import colour_option

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vxlan_dissect.infer.disagree import Disagreement
    from vxlan_dissect.inventory import Inventory
    from vxlan_dissect.inventory.check import Check

_MOST_SHOWN = 20
_UNREAD = {
    "unknown": "lines or words that no source knows",
    "unknown-key": "keys or kinds of objects that nobody reads",
    "bad-value": "values that are none",
    "prose": "lines of prose between outputs",
    "not-a-source": "files that say nothing of hosts",
    "skipped": "files left out",
    "broken": "texts that end or break",
}

_EXAMPLES = """\b
Examples:
  vxd inventory check inventory/
  vxd inventory check sysdump.zip session.txt --all
  vxd inventory check inventory/ --against 1.cap

\b
Exit status: 0 it agrees with itself and with the frames, 1 it does not, 2 it
cannot be read."""


@click.command("check", epilog=_EXAMPLES)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--all", "everything", is_flag=True, help=f"Show all lines of a list, not the first {_MOST_SHOWN}.")
@click.option("--against", "captures", multiple=True, metavar="CAPTURE", help="Compare with what its frames show.")
@click.option("-T", "--format", "shape", type=click.Choice(["text", "json"]), default="text", show_default=True)
@colour_option
@click.pass_context
def command(
    ctx: click.Context, *, paths: tuple[str, ...], everything: bool, captures: tuple[str, ...], shape: str, colour: str
) -> None:  # fmt: skip
    """Say what an inventory holds, where it contradicts itself, what is known in halves and what was not read."""
    from vxlan_dissect.inventory import Inventory
    from vxlan_dissect.inventory.check import check
    from vxlan_dissect.report.layout import BOLD, PLAIN, Screen

    inventory = Inventory.load(*paths)
    found = check(inventory)
    frames = [str(one) for one in _disagreements(inventory, captures)]
    if shape == "json":
        click.echo(json.dumps(found.as_dict() | {"disagreements": frames}, indent=1))
    else:
        screen = Screen.of(sys.stdout, colour)
        compared = [(f"frames say otherwise: {len(frames)}", frames)] if captures else []
        for heading, lines in (*_sections(found), *compared):
            click.echo("\n".join(screen.lines(0, screen.words(heading, BOLD))))
            shown = lines if everything else lines[:_MOST_SHOWN]
            for line in shown:
                click.echo("\n".join(screen.lines(2, screen.words(line, PLAIN), hang=4)))
            if len(shown) < len(lines):
                click.echo(f"  and {len(lines) - len(shown)} more: --all shows them")
    ctx.exit(1 if found.conflicts or frames else 0)


def _disagreements(inventory: Inventory, captures: tuple[str, ...]) -> list[Disagreement]:
    """Where frames contradict the inventory, capture by capture."""
    from vxlan_dissect.infer.disagree import disagreements

    return [each for one in Captured(captures, ()).inferred() for each in disagreements(inventory, one)]


def _sections(found: Check) -> Iterator[tuple[str, Sequence[str]]]:
    counted = ", ".join(f"{count} {name}" for name, count in found.counts.items())
    yield f"{counted or 'nothing'}; from {len(found.files)} files", [fact.words for fact in found.collected]
    if found.conflicts:
        yield f"contradictions: {len(found.conflicts)}", [str(conflict) for conflict in found.conflicts]
    else:
        yield "no contradictions", []
    if found.orphans:
        yield f"known in halves: {len(found.orphans)}", [str(orphan) for orphan in found.orphans]
    for kind, count in found.unread.items():
        lines = [str(note) for note in found.notes if note.kind == kind]
        yield f"not read, {_UNREAD[kind]}: {count}", lines
    if not found.unread:
        yield "everything was read", []
