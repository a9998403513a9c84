"""`vxd explain`: what happened to each frame of a capture?

Law: frames are shown as they come and a capture that cannot be read to its end still shows what came before; the exit
status then says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from vxlan_dissect.cli.console import Output, say
from vxlan_dissect.cli.inventories import STANDARD_INPUT, Found, Inventories
from vxlan_dissect.cli.options import (
    SEVERITIES,
    at_option,
    colour_option,
    count_option,
    datapath_option,
    decode_as_option,
    fail_on_option,
    filter_option,
    format_option,
    inventory_option,
    no_names_option,
    output_option,
)
from vxlan_dissect.errors import CaptureError, UsageError
from vxlan_dissect.report import FORMATS, Heading

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from vxlan_dissect.explain.statements import Explanation
    from vxlan_dissect.inventory import Inventory
    from vxlan_dissect.pipeline import Explanations
    from vxlan_dissect.report import Report

FAILED, UNUSABLE = 1, 2

_EXAMPLES = """\b
Examples:
  vxd explain 1.cap
  vxd explain worker.eth0.pcap -i inventory/ -Y 'icmpv6.type == 128'
  vxd explain session.txt -i session.txt        a pasted terminal session
  tcpdump -U -w - -i eth0 | vxd explain -       frames as they come
  vxd explain 1.cap -T jsonl | jq .summary
  vxd explain 1.cap --fail-on warning           for scripts

\b
Exit status: 0 done, 1 --fail-on was met, 2 something could not be read."""


@click.command("explain", epilog=_EXAMPLES)
@click.argument("captures", nargs=-1, required=True, metavar="CAPTURE...")
@inventory_option
@filter_option
@decode_as_option
@at_option
@datapath_option
@format_option(FORMATS, "Text for people, or JSON: an object a line, or one array.")
@output_option
@no_names_option
@count_option
@fail_on_option
@colour_option
@click.pass_context
def command(
    ctx: click.Context, *, captures: tuple[str, ...], inventories: tuple[str, ...], where: str | None,
    decode_as: tuple[str, ...], at: str | None, datapath: str | None, shape: str, output: str | None, no_names: bool,
    count: int | None, fail_on: str | None, colour: str,
) -> None:  # fmt: skip
    """Explain every frame of CAPTURE: who sent it, by which way it travels, why its addresses are what they are.

    CAPTURE is a pcap or pcapng file, also compressed, or text that tcpdump printed; - is standard input.
    """
    from vxlan_dissect.report import open_report

    if captures.count(STANDARD_INPUT) > 1:
        raise UsageError("standard input can be read only once")
    with Output(output, [*captures, *inventories]) as out:
        report = open_report(shape, out.screen(colour))
        session = Session(
            report, out, inventories=inventories, where=where, decode_as=decode_as, at=at, names=not no_names,
            count=count, datapath=datapath,
        )  # fmt: skip
        session.run(captures)
    ctx.exit(session.status(fail_on))


class Session:
    """One run over captures: what is asked, what was shown, and how it went."""

    def __init__(
        self, report: Report, out: Output, *, inventories: tuple[str, ...], where: str | None,
        decode_as: tuple[str, ...], at: str | None, names: bool, count: int | None, datapath: str | None,
    ) -> None:  # fmt: skip
        self._report, self._out = report, out
        self._inventories = Inventories(inventories)
        self._where, self._at, self._names = where, at, names
        self._datapath = datapath
        self._decode_as = decode_as
        self._left = count
        self._begun = self._unusable = False
        self._shown = self._findings = 0
        self._gravest = -1
        self._said: set[str] = set()

    def run(self, captures: Iterable[str]) -> None:
        """Show the captures one after the other; one that cannot be read is said and does not stop the others."""
        try:
            for name in captures:
                if self._left == 0:
                    break
                try:
                    self._capture(name)
                except CaptureError as error:
                    self._problem(error)
            if not self._unusable:
                self._begin()
        finally:
            if self._begun:
                self._out.write(self._report.end())
                self._out.flush()
        if self._begun:
            from vxlan_dissect.explain.statements import counted

            say(f"{counted(self._shown, 'frame')} explained, {counted(self._findings, 'finding')}")

    def status(self, fail_on: str | None) -> int:
        """The exit status: input that could not be read weighs more than what was found in it."""
        if self._unusable:
            return UNUSABLE
        return FAILED if fail_on is not None and self._gravest >= SEVERITIES.index(fail_on) else 0

    def _capture(self, name: str) -> None:
        streamed = name == STANDARD_INPUT
        inventory, heading = self._inventory(name)
        begun = False
        for batch in self._batches(name, inventory):
            heading = heading._replace(frames=None if streamed else len(batch), notes=tuple(batch.notes))
            for explanation in batch:
                if not begun:
                    self._head(heading, explanation)
                    begun = True
                self._frame(explanation)
                if self._left == 0:
                    break
            if streamed:
                self._out.flush()
            if self._left == 0:
                return
            if batch.problem is not None:
                self._problem(batch.problem)
        if not begun:
            self._head(heading, None)

    def _batches(self, name: str, inventory: Inventory | None) -> Iterator[Explanations]:
        from vxlan_dissect import pipeline

        options: dict[str, Any] = {
            "at": self._at, "where": self._where, "names": self._names, "decode_as": self._decode_as,
            "datapath": self._datapath,
        }  # fmt: skip
        if name == STANDARD_INPUT:
            yield from pipeline.stream(name, inventory, **options)
        else:
            yield pipeline.explain(name, inventory, **options)

    def _inventory(self, name: str) -> tuple[Inventory | None, Heading]:
        """The inventory for a capture, and the heading that says where it comes from."""
        inventory, path, found = self._inventories.of(name)
        if path is not None and not self._names:
            found = f"{found}; its names are left out, as -n asks"
        return inventory, Heading(name, None, path, found, self._where)

    def _begin(self) -> None:
        if not self._begun:
            self._begun = True
            self._out.write(self._report.begin())

    def _head(self, heading: Heading, first: Explanation | None) -> None:
        self._begin()
        text = self._report.capture(heading, first)
        self._out.write(text)
        if not text:  # a format for programs has no place for remarks
            used = Found(None, heading.inventory, heading.found)
            for remark in (str(used), *heading.notes):
                self._remark(f"{heading.name}: {remark}")

    def _frame(self, explanation: Explanation) -> None:
        self._out.write(self._report.frame(explanation))
        self._shown += 1
        if self._left is not None:
            self._left -= 1
        for statement in explanation.statements:
            severity = SEVERITIES.index(statement.severity)
            self._findings += severity > 0
            self._gravest = max(self._gravest, severity)

    def _remark(self, text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            say(text)

    def _problem(self, error: CaptureError) -> None:
        self._out.flush()
        self._unusable = True
        say(str(error))
