"""What do readers call an owner, a verdict, a time?

Law: the words that every shape for people shares (terminal, page) stand here once. Text from outside passes through as
it is; whoever shows it makes it safe.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.addresses import BROADCAST_MAC, MULTICAST_NAMES, format_mac, is_multicast_mac, is_solicited_node
from vxlan_dissect.explain.names import label
from vxlan_dissect.explain.statements import (
    BROKEN,
    BY_DESIGN,
    CERTAIN,
    FRAGMENT,
    NORMAL,
    SEVERITIES,
    SUSPICIOUS,
    UNKNOWN,
    WHOLE,
    FactEvidence,
    FieldEvidence,
    FrameEvidence,
    format_duration,
    format_time,
)
from vxlan_dissect.explain.tunnels import inner_layers
from vxlan_dissect.schema_values import LIMITS

if TYPE_CHECKING:
    from vxlan_dissect.addresses import IP
    from vxlan_dissect.datapath.base import Hop
    from vxlan_dissect.explain.statements import (
        CapturePoint,
        Damage,
        Endpoint,
        Evidence,
        Explanation,
        Outer,
        Related,
        Statement,
    )
    from vxlan_dissect.inventory.model import Owner

VERDICTS = {NORMAL: "normal", BY_DESIGN: "by design", SUSPICIOUS: "suspicious", BROKEN: "broken", UNKNOWN: "unknown"}
SILENT = "no rule speaks of this frame"
# What the name of an owner alone does not tell; pods, nodes and services are named in words of their own.
_REMARKS = {
    "router": "gateway of its pods",
    "tunnel": "tunnel device",
    "loopback": "loopback",
    "group": "group",
}
_UNNAMED = {"router": "a pod gateway", "tunnel": "a tunnel device", "group": "a group"}
# What a hop's interface is, where the inventory does not have its name.
_DEVICES = {
    "lxc": "(host end)",
    "bridge": "(bridge)",
    "tunnel": "(tunnel device)",
    "nic": "(network card)",
    "host": "(the node itself)",
}


class Holder(NamedTuple):
    """An address and whose it is: `name` stands out, `remark` follows; `doubt` (likely) and `why` where inferred.

    `group` marks a multicast or broadcast address, which belongs to nobody.
    """

    address: str
    name: str
    remark: str
    doubt: str
    why: str
    group: bool

    @property
    def nameless(self) -> bool:
        """Nobody is known to have it."""
        return not self.name and not self.group


def holders(endpoint: Endpoint) -> tuple[Holder | None, Holder | None]:
    """Whose the IP address and the MAC of one side are; None for an address that the frame does not have."""
    ip, mac = endpoint.ip, endpoint.mac
    return (
        None if ip is None else _holder(str(ip), endpoint.ip_owner, _ip_group(ip), endpoint.identity),
        None if mac is None else _holder(format_mac(mac), endpoint.mac_owner, _mac_group(mac)),
    )


def _holder(address: str, owner: Owner | None, group: str, identity: int | None = None) -> Holder:
    remarks = [f"({group})"] if group else []
    name = doubt = why = ""
    if owner is not None and not group:
        name, remarks = _owner(owner)
        why = owner.inferred or ""
        doubt = "" if owner.confidence == CERTAIN else owner.confidence
    if identity is not None:
        remarks.append(f"identity {identity}")
    return Holder(address, name, ", ".join(remarks), doubt or ("inferred" if why else ""), why, bool(group))


def _owner(owner: Owner) -> tuple[str, list[str]]:
    if owner.names:
        return label(owner) or "", ["by DNS"]
    if owner.service and owner.what == "service":
        return "/".join(filter(None, [owner.namespace, owner.service])), ["service"]
    if owner.pod and owner.what != "lxc":
        shown = f"{owner.namespace}/{owner.pod}" if owner.namespace not in {None, "default"} else owner.pod
        return place(shown, owner.interface), [f"on {owner.node}"] if owner.node else []
    if owner.what == "lxc":
        end = f"host end of {owner.serves or owner.pod or 'a pod'}'s veth"
        remarks = [*([f"on {owner.node}"] if owner.node else []), *([end] if owner.interface else [])]
        return owner.interface or end, [", ".join(remarks)]
    remark = _REMARKS.get(owner.what)
    if owner.node is None and owner.interface is None:
        return _UNNAMED.get(owner.what, f"a {owner.what}"), []
    return place(owner.node, owner.interface), [remark] if remark else []


def _ip_group(ip: IP) -> str:
    if not ip.is_multicast:
        return ""
    named = MULTICAST_NAMES.get(ip.value)
    return f"{named} group" if named else "solicited-node group" if is_solicited_node(ip) else "multicast group"


def _mac_group(mac: int) -> str:
    return "broadcast" if mac == BROADCAST_MAC else "multicast" if is_multicast_mac(mac) else ""


def clock(time_ns: int | None, dated: bool) -> tuple[str, str]:
    """Date and time of day, in UTC: (`2024-07-12`, `07:44:28.594856`); nanoseconds are shown where there are any."""
    if time_ns is None:
        return "", "no time"
    date, _, time = format_time(time_ns, dated).rstrip("Z").rpartition("T")
    return date, time.removesuffix("000")


def place(node: str | None, interface: str | None, pod: str | None = None) -> str:
    """A point of the network: `cni-7t9p4 eth0`, `worker eth0`."""
    return " ".join(filter(None, [pod or node, interface])) or "?"


def tunnel(outer: Outer) -> str:
    """`VXLAN, VNI 10398, UDP port 8472, TTL 64`."""
    numbers = (
        ("VNI", outer.vni), ("session", outer.session), ("key", outer.key), ("label", outer.label),
        ("UDP port", outer.port), ("TTL", outer.ttl),
    )  # fmt: skip
    parts = [outer.title, *(f"{what} {number}" for what, number in numbers if number is not None)]
    if outer.recognised_by == "header":
        parts.append("recognised by its header, not its port")
    return ", ".join(parts)


def headers(explanation: Explanation) -> str:
    """What the packet itself is made of: the innermost layers and its hop limit."""
    layers, outer = explanation.layers, explanation.outer
    inner = inner_layers(layers, outer.type) if outer else layers
    parts = [" ".join(inner) or "no header"]
    if explanation.hop_limit is not None:
        ip = explanation.src.ip or explanation.dst.ip
        parts.append(f"{'TTL' if ip and ip.version == 4 else 'hop limit'} {explanation.hop_limit}")
    return ", ".join(parts)


def related(explanation: Explanation) -> list[str]:
    """`reply in frame 6, 607 µs later`; of fragments the summary speaks."""
    return [_related(item) for item in explanation.related if item.relation not in (FRAGMENT, WHOLE)]


def _related(item: Related) -> str:
    word = "later" if item.after_ns >= 0 else "earlier"
    return f"{item.relation} in frame {item.frame}, {format_duration(abs(item.after_ns))} {word}"


def verdict(statement: Statement) -> str:
    """`By design:` and so on, to stand before the sentence; nothing before what is normal."""
    if statement.verdict == NORMAL:
        return ""
    return f"{VERDICTS.get(statement.verdict, statement.verdict)}:".capitalize()


def origin(statement: Statement) -> str:
    """The rule that speaks, and its confidence where it is not certain: `icmp.echo-request, likely`."""
    return statement.rule if statement.confidence == CERTAIN else f"{statement.rule}, {statement.confidence}"


def by_severity(statements: tuple[Statement, ...]) -> list[Statement]:
    """The gravest first; among equals the order of the rules."""
    return sorted(statements, key=lambda statement: -SEVERITIES.index(statement.severity))


def evidence(item: Evidence) -> tuple[str, str]:
    """Where to look, and what stands there."""
    match item:
        case FieldEvidence():
            value = item.as_dict()["value"]
            return item.field, "absent" if value is None else str(value).lower() if isinstance(value, bool) else value
        case FrameEvidence():
            return f"frame {item.frame}", item.why
        case FactEvidence():
            return item.source if item.line is None else f"{item.source}:{item.line}", item.fact


def hop_place(hop: Hop) -> str:
    """The interface of a hop as it is called on its node; where its name is not known, what it is."""
    interface = hop.interface or _DEVICES.get(hop.role, "?")
    return place(hop.owner, hop.interface) if hop.role in {"pod", "outside"} else interface


def hop_remark(hop: Hop) -> str:
    """What can be said of a hop as a place to capture at."""
    if hop.seen == "here":
        return "captured here"
    if hop.seen == "elsewhere":
        return "seen in another capture"
    if hop.seen == "missing":
        return "expected and missing"
    return "blind spot: invisible" if hop.visibility == "blind" else ""


def capture_point(point: CapturePoint) -> str:
    """How it is known where the frame was captured: `file name`, `likely: the outer source is this interface`."""
    return point.basis if point.confidence == CERTAIN else f"{point.confidence}: {point.basis}"


# Limits that are no lengths: what is needed and there are then numbers of their own kind.
_NO_LENGTHS = (LIMITS[7], LIMITS[8])


def damage(damaged: Damage) -> str:
    """One sentence on where the frame stops making sense."""
    if damaged.limit in _NO_LENGTHS:
        return f"{damaged.layer} at offset {damaged.offset}: the {damaged.limit} is {damaged.have}, not {damaged.need}"
    needs = f"{damaged.layer} needs {damaged.need} bytes at offset {damaged.offset}"
    return f"{needs} and has {damaged.have}, ended by the {damaged.limit}"
