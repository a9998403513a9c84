"""A station reports to which multicast groups it listens.

Shows
    Who listens to which group. Nothing answers a report.

Why it matters
    Every IPv6 address brings one: a host joins the solicited-node group of the address. In a capture of a pod it is
    noise; on a bridge with multicast snooping it is what lets questions through to the station.

How we know
    RFC 3810 section 5.2 (version 2), RFC 2710 (version 1); both have no answer. Cilium's program drops what a pod sends
    from a link-local or unspecified address and is no neighbour question (bpf/bpf_lxc.c, drop reason 132), which harms
    nothing: a veth needs no report.

What to check next
    Nothing, unless a bridge snoops: then `bridge mdb show`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.explain.context import said_by, sureness
from vxlan_dissect.explain.names import device, label
from vxlan_dissect.explain.statements import BY_DESIGN, NORMAL, Statement

if TYPE_CHECKING:
    from vxlan_dissect.explain.context import Context

NAME = "ndp.mld-report"
_FIELDS = (
    "icmpv6.type", "ipv6.src", "icmpv6.mldr.nb_mcast_records", "icmpv6.mldr.mar.multicast_address",
    "icmpv6.mld.multicast_address",
)  # fmt: skip
_DONE = 132
_RECORD, _INCLUDES = "icmpv6.mldr.mar.record_type", (1, 3)


def check(context: Context) -> Statement | None:
    """Speak on reports and leaves of multicast listener discovery."""
    kind = context.get("icmpv6.type")
    if kind not in (131, _DONE, 143):
        return None
    owner = context.src.mac_owner or context.src.ip_owner
    who = label(context.src.ip_owner) or device(owner) or "A station"
    group = context.ip("icmpv6.mldr.mar.multicast_address") or context.ip("icmpv6.mld.multicast_address")
    count = context.number("icmpv6.mldr.nb_mcast_records") or 1
    named = "its multicast groups" if group is None else f"the multicast group {group}"
    more = f" and {count - 1} more" if count > 1 and group is not None else ""
    # A group of which no source is wanted any more is left (RFC 3810 section 5.2.12).
    leaves = context.get(_RECORD) in _INCLUDES and context.get("icmpv6.mldr.mar.nb_sources") == 0
    verb = "leaves" if kind == _DONE or leaves else "listens to"
    text, verdict = f"{who} reports that it {verb} {named}{more}. Nothing answers this.", NORMAL
    if context.is_cilium and context.src.mac_owner is not None and context.src.mac_owner.pod is not None:
        verdict = BY_DESIGN
        text += " Cilium's program drops it at the host end of the veth; nothing depends on it."
    return Statement(NAME, text, verdict, sureness(owner), (*context.fields(*_FIELDS), *said_by(owner)))
