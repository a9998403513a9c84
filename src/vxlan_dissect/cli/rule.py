"""`vxd rule`: what does a rule say, and how does it know?

Law: the page is the rule's own docstring; nothing about a rule is written anywhere else.
"""

from __future__ import annotations

import click

from vxlan_dissect.errors import UsageError


@click.command("rule", epilog="\b\nExamples:\n  vxd rule\n  vxd rule ndp.proxy-advertisement")
@click.argument("name", required=False, metavar="[NAME]")
def command(name: str | None) -> None:
    """Show the page of rule NAME: what it shows, why it matters, how it is known, what to check next.

    Without a name, list the rules.
    """
    from vxlan_dissect import rules

    if name is None:
        width = max(map(len, rules.names()), default=0)
        for rule in sorted(rules.names()):
            click.echo(f"{rule:<{width}}  {_first_line(rules.describe(rule))}")
    elif name in rules.names():
        click.echo(f"{name}\n\n{rules.describe(name).strip()}")
    else:
        from difflib import get_close_matches

        near = get_close_matches(name, rules.names(), n=1)
        hint = f"did you mean {near[0]}?" if near else "vxd rule lists them"
        raise UsageError(f"no rule {name}; {hint}")


def _first_line(page: str) -> str:
    return page.strip().partition("\n")[0]
