"""`vxd packets`: which frames does a capture hold, one line each?

Law: frames are listed as they come, batch by batch; a capture that cannot be read to its end still lists what came
before, and the exit status then says so. Names are looked up only where a line or a filter shows them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vxlan_dissect.cli.console import Output, say
from vxlan_dissect.cli.inventories import STANDARD_INPUT, Inventories
from vxlan_dissect.errors import CaptureError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from vxlan_dissect.listing import Writer
    from vxlan_dissect.listing.batches import Batch
    from vxlan_dissect.listing.fields import Column
    from vxlan_dissect.query import Query

UNUSABLE = 2
_DEFAULT = (
    "frame.number",
    "frame.time_epoch",
    "ip.src",
    "ip.dst",
    "ipv6.src",
    "ipv6.dst",
    "frame.protocols",
    "frame.len",
)
FORMATS = ("text", "csv", "jsonl", "parquet")

_EXAMPLES = """\b
Examples:
  vxd packets worker.eth0.pcap
  vxd packets worker.eth0.pcap -Y 'tcp.flags.syn == 1' -t r
  vxd packets 1.cap -e frame.number -e outer.ip.src -e ipv6.src -e src.pod
  vxd packets 1.cap -T parquet -o 1.parquet
  tcpdump -U -w - -i eth0 | vxd packets -        frames as they come

\b
Exit status: 0 done, 2 something could not be read."""


@click.command("packets", epilog=_EXAMPLES)
@click.argument("captures", nargs=-1, required=True, metavar="CAPTURE...")
@click.option(
    "-e", "--field", "fields", multiple=True, metavar="FIELD",
    help="Print this field, and only those given; may be given several times. Names as in filters.",
)  # fmt: skip
@click.option(
    "-T",
    "--format",
    "shape",
    type=click.Choice(FORMATS),
    default=FORMATS[0],
    show_default=True,
    help="Lines for people (with -e: fields with tabs between them), or a table for programs.",
)
@click.option("-o", "--output", metavar="FILE", help="Write there instead of to standard output.")
@click.option(
    "-Y", "--filter", "where", metavar="EXPR", help="Show only frames that match, in Wireshark's field names."
)
@click.option(
    "-i", "--inventory", "inventories", multiple=True, metavar="PATH",
    help="File or folder of what the hosts say, for names; without it, what lies beside the capture.",
)  # fmt: skip
@click.option("--at", metavar="NODE:IFACE", help="Where it was taken; POD:IFACE too.")
@click.option("-c", "--count", type=click.IntRange(min=1), metavar="N", help="Stop after N frames were shown.")
@click.pass_context
def command(
    ctx: click.Context, *, captures: tuple[str, ...], fields: tuple[str, ...], shape: str, output: str | None,
    where: str | None, inventories: tuple[str, ...], at: str | None, count: int | None,
) -> None:  # fmt: skip
    """List the frames of CAPTURE, one line each.

    CAPTURE is a pcap or pcapng file, also compressed, or text that tcpdump printed; - is standard input.
    """
    from vxlan_dissect import query
    from vxlan_dissect.listing import fields as known

    if captures.count(STANDARD_INPUT) > 1:
        raise UsageError("standard input can be read only once")
    whole = shape == "parquet" and not fields
    columns = known.every_column() if whole else known.columns_of(fields or _DEFAULT)
    if len(captures) > 1 and not fields:
        columns = [known.column_of(known.CAPTURE), *columns]
    asked = None if where is None else query.compile(where)
    with Output(output, [*captures, *inventories]) as out:
        if shape == "parquet" and out.is_terminal:
            raise UsageError("Parquet is nothing to read on a terminal: name a file with -o")
        session = Session(shape, columns, asked, Inventories(inventories), out, at=at, count=count)
        session.run(captures)
    ctx.exit(session.status)


class Session:
    """One run over captures: what is asked, and how it went. `status` is the exit status."""

    def __init__(
        self, shape: str, columns: Sequence[Column], where: Query | None, inventories: Inventories, out: Output, *,
        at: str | None, count: int | None,
    ) -> None:  # fmt: skip
        self._shape, self._columns, self._where, self._at = shape, columns, where, at
        self._named = any(column.joined for column in columns) or (where is not None and where.needs_join)
        self._inventories, self._out, self._left = inventories, out, count
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
                self._left -= len(shown)
                if self._left == 0:
                    return

    def _batches(self, name: str) -> Iterator[Batch]:
        from vxlan_dissect.listing import batches

        if not self._named:
            return batches.plain(name, self._where)
        found = self._inventories.of(name)
        say(f"{name}: {found}")
        return batches.named(name, found.inventory, self._where, at=self._at)

    def _open(self) -> Writer:
        """The writer, which makes the file: an unusable capture leaves an old one alone."""
        from vxlan_dissect.listing import open_writer

        if self._writer is None:
            self._writer = open_writer(self._shape, self._columns, self._out.binary())
        return self._writer
