"""`vxd who`: whose is this address, and what is called so?

Law: the answer is the inventory's own, with the line it comes from; an address of which nothing is known is an answer
too, and exit status 1.
"""

from __future__ import annotations

import sys

import click

_EXAMPLES = """\b
Examples:
  vxd who a2:79:14:47:80:b3 -i inventory/
  vxd who fd00:10:244:1::22f1 10.244.1.233 -i session.txt
  vxd who cni-7t9p4 lxc237a31216c0f 19 -i sysdump.zip

\b
Exit status: 0 all are known, 1 the inventory says nothing of one, 2 the
inventory cannot be read."""


@click.command("who", epilog=_EXAMPLES)
@click.argument("asked", nargs=-1, required=True, metavar="ADDRESS|MAC|NAME|IFINDEX...")
@click.option(
    "-i",
    "--inventory",
    "inventories",
    multiple=True,
    required=True,
    metavar="PATH",
    help="File, folder or archive of what the hosts say; may be given several times.",
)
@click.pass_context
def command(ctx: click.Context, *, asked: tuple[str, ...], inventories: tuple[str, ...]) -> None:  # fmt: skip
    """Say whose a MAC or IP address is, or what a name or ifindex stands for, and where the inventory says so."""
    from vxlan_dissect.inventory import Inventory
    from vxlan_dissect.report.layout import BOLD, PLAIN, WIDEST, Screen

    inventory = Inventory.load(*inventories)
    screen = Screen.of(sys.stdout)
    if not sys.stdout.isatty():  # lines stay whole for grep
        screen = screen._replace(width=WIDEST)
    unknown = False
    for each in asked:
        answer = inventory.who(each)
        for n, line in enumerate(str(answer).split("\n")):
            words = screen.words(line, PLAIN if n else BOLD)
            click.echo("\n".join(screen.lines(2 if n else 0, words, hang=4)))
        unknown = unknown or not answer.lines
    ctx.exit(1 if unknown else 0)
