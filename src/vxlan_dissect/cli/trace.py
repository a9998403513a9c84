"""`vxd trace`: which way did each packet take through several captures, and where was it lost?

Law: the captures are places of one moment. A capture that cannot be read is said and does not stop the others; the exit
status then says so. What is written is made journey by journey.
"""

from __future__ import annotations

from typing import Any

import click

from vxlan_dissect.cli.console import Output, say
from vxlan_dissect.cli.folders import captures_of
from vxlan_dissect.cli.inventories import Inventories
from vxlan_dissect.cli.options import (
    colour_option,
    decode_as_option,
    format_option,
    inventory_option,
    no_names_option,
    output_option,
)
from vxlan_dissect.errors import CaptureError, UsageError
from vxlan_dissect.report.trace import FORMATS

UNUSABLE = 2
SLOWEST = 10
_EXAMPLES = """\b
Examples:
  vxd trace captures/ -i inventory/                  all captures in a folder
  vxd trace worker.*.pcap worker2.*.pcap --lost      what was lost, and where
  vxd trace captures/ -Y 'icmpv6.echo.sequence_number == 2'
  vxd trace captures/ --slow 5                       the five that took longest
  vxd trace a.pcap b.pcap --at a.pcap=worker:eth0 --at b.pcap=worker2:eth0
  vxd trace captures/ -T jsonl | jq -r 'select(.lost) | .summary'
  vxd trace captures/ -T parquet -o tables/          sightings, hops, losses

\b
Exit status: 0 done, 2 something could not be read."""


def _places(_ctx: click.Context, _option: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """Where files were taken, by their names as given."""
    at: dict[str, str] = {}
    for value in values:
        file, _, place = value.rpartition("=")
        if not file or not place.strip(":"):
            raise click.BadParameter(f"{value!r} is not FILE=NODE:IFACE, such as 1.cap=worker:eth0")
        if at.setdefault(file, place) != place:
            raise click.BadParameter(f"two places for {file}: {at[file]} and {place}")
    return at


class _Count(click.IntRange):
    """A number that may be left out; what follows then is told apart from one."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, str) and not value.strip().lstrip("+-").isdecimal():
            self.fail(f"{value!r} is no number; name one, as --slow {SLOWEST}, or put --slow last", param, ctx)
        return int(super().convert(value, param, ctx))


@click.command("trace", epilog=_EXAMPLES)
@click.argument("captures", nargs=-1, required=True, metavar="FILE|DIR...")
@inventory_option
@click.option(
    "--at",
    "places",
    multiple=True,
    callback=_places,
    metavar="FILE=NODE:IFACE",
    help="Where a capture was taken; FILE=POD:IFACE too. May be given several times.",
)
@click.option(
    "-Y", "--filter", "where", metavar="EXPR", help="Show only packets a frame of which matches, in Wireshark's fields."
)
@click.option("--lost", is_flag=True, help="Show only packets that were lost.")
@click.option(
    "--slow", is_flag=False, flag_value=SLOWEST, type=_Count(min=1), metavar="[N]",
    help=f"Show only the N packets that took longest, {SLOWEST} where no number follows.",
)  # fmt: skip
@click.option(
    "--hubble", metavar="FILE", help="What `hubble observe -o jsonpb` wrote at that time; its verdicts stand beside."
)
@decode_as_option
@format_option(FORMATS, "Text for people; JSON, a journey a line or one object; a diagram; tables in a folder.")
@output_option
@no_names_option
@colour_option
@click.pass_context
def command(
    ctx: click.Context, *, captures: tuple[str, ...], inventories: tuple[str, ...], places: dict[str, str],
    where: str | None, lost: bool, slow: int | None, hubble: str | None, decode_as: tuple[str, ...], shape: str,
    output: str | None, no_names: bool, colour: str,
) -> None:  # fmt: skip
    """Follow each packet through captures that were taken at several places at the same time.

    It says which places a packet passed, how long each step took, what changed on the way, and where it was lost. A
    folder stands for the captures directly in it. Clocks of nodes that differ are set right.
    """
    from vxlan_dissect.memory import collect_seldom
    from vxlan_dissect.report.trace import render, tables
    from vxlan_dissect.trace import trace

    if lost and slow is not None:
        raise UsageError("--lost and --slow choose packets in two ways: give one of them")
    if shape == "parquet":
        tables.folder_of(output)
        if lost or slow is not None:
            raise UsageError("Parquet holds all packets, and those lost in a table of their own: no --lost, no --slow")
    collect_seldom()
    names, unusable = captures_of(captures)
    known = Inventories(inventories)
    inventory = known.of("").inventory if inventories else None
    with Output(None if shape == "parquet" else output, [*names, *inventories, *filter(None, [hubble])]) as out:
        found = None
        if names:
            try:
                found = trace(
                    names, inventory, at=places, where=where, decode_as=decode_as, names=not no_names, hubble=hubble
                )
            except CaptureError as error:
                unusable = True
                for text in (str(error), *getattr(error, "__notes__", ())):
                    say(text)
        if found is not None:
            for problem in found.problems:
                unusable = True
                say(str(problem))
            if shape == "parquet":
                for file in tables.write(found, tables.folder_of(output)):
                    say(f"{file} written")
            else:
                heading = () if no_names else _heading(names, known)
                chosen = found.lost if lost else None if slow is None else found.slowest(slow)
                told = chosen is not None or where is not None
                for text in render(found, shape, out.screen(colour), heading=heading, journeys=chosen, told=told):
                    out.write(text)
                out.flush()
    ctx.exit(UNUSABLE if unusable else 0)


def _heading(names: list[str], known: Inventories) -> tuple[str, ...]:
    """Whose names are used, as diagnose says it."""
    said = dict.fromkeys(known.of(name)[1:] for name in names)
    return tuple(f"inventory: {path} ({found})" if path else f"inventory: {found}" for path, found in said)
