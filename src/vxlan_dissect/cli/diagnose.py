"""`vxd diagnose`: what is wrong in these captures, and where?

Law: several captures are several places of one moment. Findings alone are shown, the gravest first; the exit status
says whether there was one as grave as asked for, or whether something could not be read.
"""

from __future__ import annotations

import click

from vxlan_dissect.cli.console import Output, say
from vxlan_dissect.cli.folders import captures_of
from vxlan_dissect.cli.inventories import Inventories
from vxlan_dissect.cli.options import (
    SEVERITIES,
    at_option,
    colour_option,
    decode_as_option,
    fail_on_option,
    format_option,
    inventory_option,
    output_option,
)
from vxlan_dissect.errors import CaptureError

FAILED, UNUSABLE = 1, 2
_EXAMPLES = """\b
Examples:
  vxd diagnose 1.cap
  vxd diagnose worker.*.pcap worker2.*.pcap -i inventory/     places of one moment
  vxd diagnose captures/                                      all captures in a folder
  vxd diagnose 1.cap -T json | jq '.findings[].causes'
  vxd diagnose 1.cap --fail-on error                          for scripts

\b
Exit status: 0 done, 1 --fail-on was met, 2 something could not be read."""


@click.command("diagnose", epilog=_EXAMPLES)
@click.argument("captures", nargs=-1, required=True, metavar="FILE|DIR...")
@inventory_option
@decode_as_option
@at_option
@format_option(("text", "json"), "Text for people, or one JSON object.")
@output_option
@fail_on_option
@colour_option
@click.pass_context
def command(
    ctx: click.Context, *, captures: tuple[str, ...], inventories: tuple[str, ...], decode_as: tuple[str, ...],
    at: str | None, shape: str, output: str | None, fail_on: str | None, colour: str,
) -> None:  # fmt: skip
    """Say what is wrong in captures: what is lost, where, why perhaps, and what to check next.

    A folder stands for the captures directly in it. Captures that were taken at several places at the same time are put
    together, so that a loss gets its place.
    """
    from vxlan_dissect.diagnosis import Doctor, batches
    from vxlan_dissect.memory import collect_seldom
    from vxlan_dissect.report.findings import render

    collect_seldom()
    names, unusable = captures_of(captures)
    known, doctor = Inventories(inventories), Doctor()
    heading: dict[str, None] = {}
    with Output(output, [*names, *inventories]) as out:
        for name in names:
            found = known.of(name)
            heading[f"inventory: {found.path} ({found.found})" if found.path else f"inventory: {found.found}"] = None
            try:
                for batch in batches(name, found.inventory, at=at, decode_as=decode_as):
                    doctor.learn(batch)
            except CaptureError as error:
                unusable = True
                say(str(error))
        diagnosis = doctor.diagnosis()
        for problem in diagnosis.problems:
            unusable = True
            say(str(problem))
        if diagnosis.captures:
            for text in render(diagnosis, shape, out.screen(colour), tuple(heading)):
                out.write(text)
        out.flush()
    graves = [SEVERITIES.index(finding.severity) for finding in diagnosis.findings]
    failed = fail_on is not None and max(graves, default=-1) >= SEVERITIES.index(fail_on)
    ctx.exit(UNUSABLE if unusable else FAILED if failed else 0)
