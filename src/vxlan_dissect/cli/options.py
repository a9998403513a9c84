"""Which options do several commands take?

Law: an option that means the same everywhere is written once, with the check of its value.
"""

from __future__ import annotations

import click


def _understood(_ctx: click.Context, _option: click.Parameter, rules: tuple[str, ...]) -> tuple[str, ...]:
    if rules:
        from vxlan_dissect.wire.decode_as import dispatch

        dispatch(rules)
    return rules


decode_as_option = click.option(
    "-d",
    "--decode-as",
    "decode_as",
    multiple=True,
    metavar="RULE",
    callback=_understood,
    help="Which protocol follows a port or another number: udp.port==51999,vxlan. May be given several times.",
)
