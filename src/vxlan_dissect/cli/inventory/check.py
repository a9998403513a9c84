"""`vxd inventory check`: is an inventory whole, and does it agree with itself?

Law: what is not read is counted and named, never dropped in silence; a contradiction makes the exit status 1.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from vxlan_dissect.cli.captured import Captured
from vxlan_dissect.cli.options import colour_option, format_option

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vxlan_dissect.infer.disagree import Disagreement
    from vxlan_dissect.inventory import Inventory
    from vxlan_dissect.inventory.answers.check import Check
    from vxlan_dissect.inventory.model import Note

_MOST_SHOWN = 20
# What is said of each kind of NOTES.
_NOTED = {
    "unknown": "not read, lines or words that no source knows",
    "unknown-key": "not read, keys or kinds of objects that nobody reads",
    "passed-over": "not read, lines that are understood and say nothing of addresses",
    "bad-value": "not read, values that are none",
    "prose": "not read, lines of prose between outputs",
    "not-a-source": "not read, files that say nothing of hosts",
    "skipped": "not read, files left out",
    "broken": "not read, texts that end or break",
    "host": "read, though they speak against the host that they are taken for",
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
@format_option(("text", "json"))
@colour_option
@click.pass_context
def command(
    ctx: click.Context, *, paths: tuple[str, ...], everything: bool, captures: tuple[str, ...], shape: str, colour: str
) -> None:  # fmt: skip
    """Say what an inventory holds, where it contradicts itself, what is known in halves and what was not read."""
    from vxlan_dissect.inventory import Inventory
    from vxlan_dissect.inventory.answers.check import check
    from vxlan_dissect.report.layout import BOLD, PLAIN, Screen

    inventory = Inventory.load(*paths)
    found = check(inventory)
    frames = [str(one) for one in _disagreements(inventory, captures)]
    if shape == "json":
        click.echo(json.dumps(found.as_dict() | {"disagreements": frames}, indent=1))
    else:
        screen = Screen.of(sys.stdout, colour)
        compared = [(f"frames say otherwise: {len(frames)}", frames)] if captures else []
        for heading, lines in (*_sections(found, everything=everything), *compared):
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


def _together(notes: Sequence[Note]) -> list[str]:
    """Notes as lines, whole files of which the same is said as one."""
    same: dict[tuple[str, int | None, str], list[Note]] = {}
    for note in notes:
        same.setdefault(("" if note.line is None else note.file, note.line, note.why), []).append(note)
    return [f"{group[0]}{_and_more(len(group) - 1)}" for group in same.values()]


def _and_more(files: int) -> str:
    return f" (and {files} more file{'' if files == 1 else 's'}: --all shows them)" if files else ""


def _sections(found: Check, *, everything: bool) -> Iterator[tuple[str, Sequence[str]]]:
    from vxlan_dissect.inventory.answers.check import counted

    counts = ", ".join(counted(count, many) for many, count in found.counts.items())
    files = f"{len(found.files)} file{'' if len(found.files) == 1 else 's'}"
    yield f"{counts or 'nothing'}; from {files}", [fact.words for fact in found.collected]
    if found.conflicts:
        yield f"contradictions: {len(found.conflicts)}", [str(conflict) for conflict in found.conflicts]
    else:
        yield "no contradictions", []
    guessed = [one for one in found.attributions if one.confidence != "certain"]
    if guessed:
        told = len(found.attributions) - len(guessed)
        yield (
            f"outputs whose host is a guess or unknown: {len(guessed)} ({told} are told)",
            [str(one) for one in guessed],
        )
    if found.orphans:
        yield f"known in halves: {len(found.orphans)}", [str(orphan) for orphan in found.orphans]
    for kind, count in found.unread.items():
        notes = [note for note in found.notes if note.kind == kind]
        yield f"{_NOTED[kind]}: {count}", [str(note) for note in notes] if everything else _together(notes)
    if not found.unread:
        yield "everything was read", []
