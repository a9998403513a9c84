"""`vxd inventory script`: how is an inventory gathered where only a shell is at hand?

Law: the script is data and goes to standard output, or to the file that was named.
"""

from __future__ import annotations

import click

from vxlan_dissect.cli.console import Output
from vxlan_dissect.cli.options import output_option

_EXAMPLES = """\b
Examples:
  vxd inventory script > collect.sh; sh collect.sh inventory
  vxd inventory script --host | ssh root@worker NODE=worker sh
  KUBECTL='k3s kubectl' sh collect.sh"""


@click.command("script", epilog=_EXAMPLES)
@click.option(
    "--cluster/--host",
    "cluster",
    default=True,
    help="A script that asks a cluster through kubectl (default), or one that runs on a node.",
)
@output_option
def command(*, cluster: bool, output: str | None) -> None:
    """Print a plain shell script (POSIX sh) that gathers an inventory as `collect` does, and packs it."""
    from vxlan_dissect.inventory.collect.live import tool
    from vxlan_dissect.inventory.collect.script import script

    with Output(output, ()) as out:
        out.write(script(tool(), host=not cluster))
