"""A packet between pods of two nodes travels plainly between the network cards, where a tunnel is expected.

Shows
    That this frame has no tunnel header, though the nodes reach each other's pods through a tunnel, and to which MAC it
    goes.

Why it matters
    The two directions of a conversation then take different ways. That works where every node forwards it; a strict
    `rp_filter`, a firewall that knows only the tunnel, or a router without routes to pods drops it without a word.

How we know
    The frame was captured at a node's network card, where a tunnel header would show. The node's route for the
    destination, or the network itself, leads into the tunnel. A destination MAC that is not the other node's means that
    the frame goes to a router first: the route for that node's pods is missing (Linux `fib_lookup`).

What to check next
    `ip route get ADDRESS` on the node that sends. On the one that receives: `sysctl net.ipv4.conf.all.rp_filter` and
    that of the card, and `nstat -az TcpExtIPReversePathFilter`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.addresses import format_mac
from vxlan_dissect.explain.context import called, said, said_by
from vxlan_dissect.explain.names import device
from vxlan_dissect.explain.statements import LIKELY, POSSIBLE, SUSPICIOUS, UNKNOWN, Cause, Statement

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.inventory.model import Route

NAME = "routing.direct-reply"


def check(context: Context) -> Statement | None:
    """Speak where a frame between pods of two nodes is plain at a card and the network uses a tunnel."""
    hop, src, dst = context.here, context.src.owner, context.dst.owner
    if hop is None or hop.role != "nic" or context.outer is not None or src is None or dst is None:
        return None
    if not src.what == dst.what == "pod" or None in (src.node, dst.node) or src.node == dst.node:
        return None
    route = _into_tunnel(context)
    if route is None and not (context.profile.sender_macs and context.profile.tunnels):
        return None
    evidence = [*context.fields("ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "eth.dst")]
    evidence += [*said_by(src), *said_by(dst), *([said(route)] if route else [])]
    text = f"From {called(context.src)} to {called(context.dst)} without a tunnel"
    text += f", though {route.host.name} routes that by {route.device}" if route is not None else ""
    receiver = context.dst.mac_owner
    to_other = receiver is not None and receiver.node == dst.node
    on_link = context.names.wiring.on_link(src.node, dst.node)
    if context.dst.mac is not None and not to_other and on_link and hop.node == src.node:
        whose = device(receiver) or format_mac(context.dst.mac)
        text += f". It goes to {whose}, not to {dst.node}: {src.node} has no route to the pods of {dst.node}."
        why = f"{src.node} sends what is for {dst.node}'s pods by its default route"
        lost = Cause("reply-lost", f"who gets it knows no way to {called(context.dst)}")
        return Statement(NAME, text, SUSPICIOUS, LIKELY, tuple(evidence), causes=(Cause("no-route", why), lost))
    text += f". Whether {dst.node} accepts it there, this capture does not show: a strict rp_filter drops it."
    why = f"{dst.node} expects {called(context.src)} by the tunnel, and drops what comes by another interface"
    return Statement(NAME, text, UNKNOWN, POSSIBLE, tuple(evidence), causes=(Cause("reverse-path-filter", why),))


def _into_tunnel(context: Context) -> Route | None:
    """The route of the sending node that leads to the destination through a tunnel device."""
    node = context.src.owner.node if context.src.owner else None
    route = context.names.wiring.route(node, context.dst.ip)
    tunnels = context.profile.tunnels
    return route if route is not None and route.device and tunnels and route.device.startswith(tunnels) else None
