"""`vxd inventory show`: what does an inventory hold, line by line?

Law: every fact is shown once, in the words of the command that printed it, with all the lines that say it.
"""

from __future__ import annotations

import json
import sys

import click

from vxlan_dissect.cli.options import colour_option, format_option

_EXAMPLES = """\b
Examples:
  vxd inventory show inventory/
  vxd inventory show sysdump.zip --kind CiliumEndpoint
  vxd inventory show inventory/ -T json | jq '.Interface[].name'"""


@click.command("show", epilog=_EXAMPLES)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--kind", "kinds", multiple=True, metavar="KIND", help="Only facts of this kind; several times.")
@format_option(("text", "json"))
@colour_option
def command(*, paths: tuple[str, ...], kinds: tuple[str, ...], shape: str, colour: str) -> None:
    """List every fact, by kind, with the file and line that says it."""
    from vxlan_dissect.errors import UsageError
    from vxlan_dissect.inventory import Inventory
    from vxlan_dissect.inventory.model import FACTS
    from vxlan_dissect.report.layout import BOLD, DIM, PLAIN, WIDEST, Screen

    known = {kind.__name__.lower(): kind for kind in FACTS}
    for name in kinds:
        if name.lower() not in known:
            raise UsageError(f"no kind of fact: {name[:80]!r}; there are {', '.join(k.__name__ for k in FACTS)}")
    wanted = [known[name.lower()] for name in kinds] or FACTS
    inventory = Inventory.load(*paths)
    if shape == "json":
        from vxlan_dissect.inventory.own.codec import as_dict

        facts = {kind.__name__: [as_dict(fact) for fact in inventory.of(kind)] for kind in wanted}
        click.echo(json.dumps(facts, indent=1))
        return
    screen = Screen.of(sys.stdout, colour)
    if not sys.stdout.isatty():  # lines stay whole for grep
        screen = screen._replace(width=WIDEST)
    for kind in wanted:
        found = inventory.of(kind)
        if found:
            click.echo("\n".join(screen.lines(0, screen.words(f"{kind.__name__}: {len(found)}", BOLD))))
        for fact in found:
            sources = inventory.sources_of(fact)
            more = f", and {len(sources) - 1} more line{'s' if len(sources) > 2 else ''}" if len(sources) > 1 else ""
            words = [*screen.words(fact.words, PLAIN), *screen.words(f"[{sources[0]}{more}]", DIM)]
            click.echo("\n".join(screen.lines(2, words, hang=4)))
