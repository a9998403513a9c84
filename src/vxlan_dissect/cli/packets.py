"""`vxd packets`: which frames does a capture hold, one line each?

Law: frames are listed as they come, batch by batch; a capture that cannot be read to its end still lists what came
before, and the exit status then says so. Names are looked up only where a line or a filter shows them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vxlan_dissect.cli.console import Output, say
from vxlan_dissect.cli.inventories import STANDARD_INPUT, Inventories
from vxlan_dissect.cli.options import (
    at_option,
    colour_option,
    count_option,
    decode_as_option,
    filter_option,
    format_option,
    inventory_option,
    no_names_option,
    output_option,
)
from vxlan_dissect.errors import CaptureError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from vxlan_dissect.listing import Wanted, Writer
    from vxlan_dissect.listing.batches import Batch
    from vxlan_dissect.query import Query

UNUSABLE = 2
# listing and listing.times have them too; importing those imports numpy, which `vxd packets --help` need not wait for.
FORMATS = ("text", "csv", "jsonl", "parquet")
TIMES = ("r", "d", "dd", "e", "a", "ad", "adoy", "u", "ud", "udoy")

_EXAMPLES = """\b
Examples:
  vxd packets worker.eth0.pcap
  vxd packets worker.eth0.pcap -Y 'tcp.flags.syn == 1' -t ud
  vxd packets 1.cap -e frame.number -e outer.ip.src -e ipv6.src -e src.pod
  vxd packets 1.cap -T parquet -o 1.parquet
  tcpdump -U -w - -i eth0 | vxd packets -        frames as they come

\b
Exit status: 0 done, 2 something could not be read."""


@click.command("packets", epilog=_EXAMPLES)
@click.argument("captures", nargs=-1, metavar="CAPTURE...")
@click.option(
    "-e", "--field", "fields", multiple=True, metavar="FIELD",
    help="Print this field, and only those given; may be given several times. Names as in filters.",
)  # fmt: skip
@format_option(FORMATS, "Lines for people (with -e: fields with tabs between them), or a table for programs.")
@output_option
@filter_option
@inventory_option
@at_option
@decode_as_option
@no_names_option
@count_option
@click.option(
    "-t",
    "times",
    type=click.Choice(TIMES),
    default=TIMES[0],
    show_default=True,
    help="Time of a line, as tshark has it: since the first frame (r), the one before (d), the one shown before (dd); "
    "since 1970 (e); time of day (a), with the date (ad, adoy), the same in UTC (u, ud, udoy).",
)
@click.option(
    "--fields",
    "pattern",
    is_flag=False,
    flag_value="",
    metavar="[PATTERN]",
    help="List the fields whose name or meaning contains PATTERN, or all, and read no capture.",
)
@colour_option
@click.pass_context
def command(
    ctx: click.Context, *, captures: tuple[str, ...], fields: tuple[str, ...], shape: str, output: str | None,
    where: str | None, inventories: tuple[str, ...], at: str | None, no_names: bool, count: int | None, times: str,
    pattern: str | None, colour: str, decode_as: tuple[str, ...],
) -> None:  # fmt: skip
    """List the frames of CAPTURE, one line each.

    CAPTURE is a pcap or pcapng file, also compressed, or text that tcpdump printed; - is standard input.
    """
    from vxlan_dissect import query
    from vxlan_dissect.listing import Wanted

    if pattern is not None:
        _list_fields(pattern)
        return
    if not captures:
        raise UsageError("name a capture, or - for standard input (see vxd packets --help)")
    if captures.count(STANDARD_INPUT) > 1:
        raise UsageError("standard input can be read only once")
    wanted = Wanted(shape, fields, times, len(captures) > 1)
    asked = None if where is None else query.compile(where)
    with Output(output, [*captures, *inventories]) as out:
        if shape == "parquet" and out.is_terminal:
            raise UsageError("Parquet is nothing to read on a terminal: name a file with -o")
        session = Session(
            wanted, asked, Inventories(inventories), out, colour, at=at, names=not no_names, count=count,
            decode_as=decode_as,
        )  # fmt: skip
        if (inventories or at) and not session.names_wanted:
            say("no field or filter asks for a name, so -i and --at are not used")
        session.run(captures)
    ctx.exit(session.status)


def _list_fields(pattern: str) -> None:
    """Print the fields that fit: name, kind and meaning."""
    from vxlan_dissect.listing.catalogue import entries

    found = list(entries(pattern))
    if not found:
        raise UsageError(f"no field has {pattern} in its name or meaning; vxd packets --fields lists all")
    width = max(len(entry.name) for entry in found)
    for entry in found:
        click.echo(f"{entry.name:<{width}}  {entry.kind:<6}  {entry.doc}")
    if any(entry.levels for entry in found):
        say("fields of a packet also exist as outer.FIELD (the tunnel around it) and quoted.FIELD (in an ICMP error)")


class Session:
    """One run over captures: what is asked, and how it went.

    `names_wanted`: whether a line, a field or the filter asks for names. `status` is the exit status.
    """

    def __init__(
        self, wanted: Wanted, where: Query | None, inventories: Inventories, out: Output, colour: str, *,
        at: str | None, names: bool, count: int | None, decode_as: tuple[str, ...],
    ) -> None:  # fmt: skip
        self._decode_as = decode_as
        self._wanted, self._where, self._at, self._names = wanted, where, at, names
        self._columns = wanted.columns()
        self._joined = any(each.joined for each in self._columns) or (where is not None and where.needs_join)
        self.names_wanted = self._joined or (names and any(column.named for column in self._columns))
        self._inventories, self._out, self._colour, self._left = inventories, out, colour, count
        self._writer: Writer | None = None
        self.status = 0

    def run(self, captures: Iterable[str]) -> None:
        """List the captures one after the other; one that cannot be read is said and does not stop the others."""
        try:
            for name in captures:
                try:
                    self._capture(name)
                except CaptureError as error:
                    self._out.flush()
                    self.status = UNUSABLE
                    say(str(error))
                if self._left == 0:
                    break
            if not self.status:
                self._open()
        finally:
            if self._writer is not None:
                self._writer.close()
                self._out.flush()

    def _capture(self, name: str) -> None:
        for batch in self._batches(name):
            shown = batch if self._left is None else batch.first(self._left)
            self._open().write(shown)
            if name == STANDARD_INPUT:
                self._out.flush()
            if self._left is not None:
                self._left -= shown.size
                if self._left == 0:
                    return

    def _batches(self, name: str) -> Iterator[Batch]:
        """The frames of a capture, with names where something asks for them and there are any."""
        from vxlan_dissect.listing import batches

        if not self.names_wanted:
            return self._plain(name)
        found = self._inventories.of(name)
        if found.inventory is None and not self._joined:
            return self._plain(name)
        say(f"{name}: {found}")
        return batches.named(
            name, found.inventory, self._where, at=self._at, names=self._names, decode_as=self._decode_as
        )

    def _plain(self, name: str) -> Iterator[Batch]:
        from vxlan_dissect.listing import batches, fields

        columns = None if self._wanted.lines else fields.needed(self._columns, self._where)
        return batches.plain(name, self._where, columns=columns, decode_as=self._decode_as)

    def _open(self) -> Writer:
        """The writer, which makes the file: an unusable capture leaves an old one alone."""
        from vxlan_dissect.listing import open_writer

        if self._writer is None:
            screen = self._out.screen(self._colour)
            self._writer = open_writer(
                self._wanted, self._columns, self._out.binary(), screen, flowing=self._out.is_terminal
            )
        return self._writer
