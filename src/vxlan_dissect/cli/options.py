"""Which options do several commands take?

Law: an option that means the same everywhere is written once, with the check of its value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


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

inventory_option = click.option(
    "-i",
    "--inventory",
    "inventories",
    multiple=True,
    metavar="PATH",
    help="File, folder or archive of what the hosts say (output of ip, kubectl, cilium; a sysdump; an inventory file); "
    "may be given several times. Without it, an inventory/ folder or *.inventory.* file beside the capture is used.",
)

filter_option = click.option(
    "-Y", "--filter", "where", metavar="EXPR", help="Show only frames that match, in Wireshark's field names."
)

at_option = click.option("--at", metavar="NODE:IFACE", help="Where it was taken; POD:IFACE too.")


def _named(_ctx: click.Context, _option: click.Parameter, name: str | None) -> str | None:
    if name is not None:
        from vxlan_dissect.datapath.recognise import named

        named(name)
    return name


datapath_option = click.option(
    "--datapath",
    metavar="NAME",
    callback=_named,
    help="Which network it is, where it is not to be recognised: cilium, cilium-bpf-host-routing, "
    "cilium-legacy-host-routing, cilium-native, flannel, flannel-host-gw, calico, calico-ipip, calico-wireguard, "
    "calico-ebpf, host-gw, bridged, linux. cilium@1.16 names a release.",
)

output_option = click.option("-o", "--output", metavar="FILE", help="Write there instead of to standard output.")

no_names_option = click.option("-n", "--no-names", is_flag=True, help="Addresses only, no names.")


def format_option(formats: Sequence[str], says: str | None = None) -> Callable[[Any], Any]:
    """`-T`, of which the first of `formats` is the default."""
    return click.option(
        "-T", "--format", "shape", type=click.Choice(formats), default=formats[0], show_default=True, help=says
    )


count_option = click.option(
    "-c", "--count", type=click.IntRange(min=1), metavar="N", help="Stop after N frames were shown."
)

# explain.statements has them too, but importing it imports numpy, which `--help` need not wait for.
SEVERITIES = ("info", "notice", "warning", "error")
fail_on_option = click.option(
    "--fail-on", type=click.Choice(SEVERITIES), help="Exit with 1 if anything said is as grave as this, or graver."
)

colour_option = click.option(
    "--color",
    "colour",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    help="Colour the text; auto: on a terminal, unless NO_COLOR is set.",
)
