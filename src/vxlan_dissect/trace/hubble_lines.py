"""What does a line of Hubble say?

Law: what is not understood is kept as it stands, in printable characters; what is absent stays absent.

Form: a GetFlowsResponse, as `hubble observe -o jsonpb` writes it and the exporter of the agent does (cilium,
api/v1/observer/observer.proto, hubble/pkg/printer/printer.go), or its flow alone, as `-o json` wrote it once. Names of
verdicts, drop reasons and observation points: api/v1/flow/flow.proto; of messages: pkg/monitor/api/types.go.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

_LONGEST_NAME = 200
_POLICY_VERDICT, _TRACE_SOCK = 5, 7  # of pkg/monitor/api/types.go
# PolicyMatchType of pkg/monitor/api/types.go.
_MATCHES = ("none", "L3-Only", "L3-L4", "L4-Only", "all", "L3-Proto", "Proto-Only")
# The class of the loss that a drop reason belongs to (bpf/lib/common.h says where each is met). What is not here names
# the place in the program that gave up, not what is wrong with the network.
_CAUSES = {
    "POLICY_DENIED": "policy",
    "POLICY_DENY": "policy",
    "AUTH_REQUIRED": "policy",  # a policy asks for mutual authentication, which was not done yet
    "INVALID_SOURCE_IP": "invalid-source",
    "INVALID_SOURCE_MAC": "invalid-source",
    "UNKNOWN_L3_TARGET_ADDRESS": "neighbour-unresolved",  # a question for a neighbour (bpf/lib/icmp6.h)
    "STALE_OR_UNROUTABLE_IP": "unknown-endpoint",
    "NO_MATCHING_LOCAL_CONTAINER_FOUND": "unknown-endpoint",
    "NO_TUNNEL_OR_ENCAPSULATION_ENDPOINT": "tunnel-entry-missing",
    "ERROR_RETRIEVING_TUNNEL_KEY": "tunnel-mismatch",
    "ERROR_RETRIEVING_TUNNEL_OPTIONS": "tunnel-mismatch",
    "INVALID_GENEVE_OPTION": "tunnel-mismatch",
    "INVALID_IDENTITY": "tunnel-mismatch",  # of the VNI (bpf/bpf_overlay.c)
    "INVALID_VNI": "tunnel-mismatch",
    "IP_FRAGMENTATION_NOT_SUPPORTED": "fragments-unsupported",
    "FIRST_LOGICAL_DATAGRAM_FRAGMENT_NOT_FOUND": "fragments-unsupported",
    "FIB_LOOKUP_FAILED": "no-route",
    "NO_EGRESS_GATEWAY": "no-route",
    "DROP_NO_EGRESS_IP": "no-route",
    "TTL_EXCEEDED": "hop-limit",
    "SERVICE_BACKEND_NOT_FOUND": "no-service-endpoint",
}
# Values of the enum DropReason: older agents and other encoders give the number alone.
_REASONS = {
    130: "INVALID_SOURCE_MAC", 132: "INVALID_SOURCE_IP", 133: "POLICY_DENIED", 147: "ERROR_RETRIEVING_TUNNEL_KEY",
    148: "ERROR_RETRIEVING_TUNNEL_OPTIONS", 149: "INVALID_GENEVE_OPTION", 150: "UNKNOWN_L3_TARGET_ADDRESS",
    151: "STALE_OR_UNROUTABLE_IP", 152: "NO_MATCHING_LOCAL_CONTAINER_FOUND", 157: "IP_FRAGMENTATION_NOT_SUPPORTED",
    158: "SERVICE_BACKEND_NOT_FOUND", 160: "NO_TUNNEL_OR_ENCAPSULATION_ENDPOINT", 169: "FIB_LOOKUP_FAILED",
    171: "INVALID_IDENTITY", 175: "FIRST_LOGICAL_DATAGRAM_FRAGMENT_NOT_FOUND", 181: "POLICY_DENY", 183: "INVALID_VNI",
    189: "AUTH_REQUIRED", 194: "NO_EGRESS_GATEWAY", 196: "TTL_EXCEEDED",
}  # fmt: skip
VERDICTS = ("UNKNOWN", "FORWARDED", "DROPPED", "ERROR", "AUDIT", "REDIRECTED", "TRACED", "TRANSLATED")


class _Ip(msgspec.Struct):
    source: str = ""
    destination: str = ""


class Ports(msgspec.Struct):
    """TCP, UDP or SCTP; `flags` are those of TCP that are set."""

    source_port: int = 0
    destination_port: int = 0
    flags: dict[str, bool] | None = None


class _Icmp(msgspec.Struct):
    type: int = 0
    code: int = 0


class _Layer4(msgspec.Struct):
    TCP: Ports | None = None
    UDP: Ports | None = None
    SCTP: Ports | None = None
    ICMPv4: _Icmp | None = None
    ICMPv6: _Icmp | None = None


class _EventType(msgspec.Struct):
    type: int = 0


class _Lost(msgspec.Struct):
    num_events_lost: str | int = 0  # a uint64 is a string in the JSON of protobuf


class _NodeStatus(msgspec.Struct):
    state_change: str | int = ""
    node_names: list[str] | None = None


class Flow(msgspec.Struct):
    """What is read of a flow. A value of another type makes the line unreadable."""

    time: str | None = None
    verdict: str | int = 0
    drop_reason: int | None = None
    drop_reason_desc: str | int | None = None
    IP: _Ip | None = None
    l4: _Layer4 | None = None
    l7: Any = None
    node_name: str | None = None
    event_type: _EventType | None = None
    policy_match_type: int | None = None
    traffic_direction: str | int | None = None
    trace_observation_point: str | int | None = None
    sock_xlate_point: str | int | None = None


class Line(Flow):
    """A response, or the flow alone: then `flow` is None."""

    flow: Flow | None = None
    lost_events: _Lost | None = None
    node_status: _NodeStatus | None = None
    agent_event: Any = None
    debug_event: Any = None


class Said(NamedTuple):
    """What lines have in common."""

    node: str | None
    verdict: str
    reason: str | None
    point: str | None
    basis: str


def causes_of(reason: str) -> str | None:
    """The class of the loss that a drop reason speaks for, as the rules `loss.*` call it; None for any other reason."""
    return _CAUSES.get(reason)


def said_by(flow: Flow, node: str | None, ports: Ports | None) -> Said:
    """What a flow says; `node` is that of the response, for a flow that names none."""
    verdict = flow.verdict
    if isinstance(verdict, int):
        verdict = VERDICTS[verdict] if 0 <= verdict < len(VERDICTS) else str(verdict)
    reason = flow.drop_reason_desc if flow.drop_reason_desc != "DROP_REASON_UNKNOWN" else None
    reason = reason or flow.drop_reason
    if isinstance(reason, int):
        reason = _REASONS.get(reason, f"drop reason {reason}")
    node = printable((flow.node_name or node or "").rpartition("/")[2])
    basis = ("addresses and ports" if ports else "addresses") + " are the same"
    detail = _detail(flow.l4, ports)
    basis += f"; {printable(detail)}" if detail else ""
    verdict = "UNKNOWN" if verdict == "VERDICT_UNKNOWN" else printable(verdict)
    return Said(node or None, verdict, printable(reason) if reason else None, _point(flow), basis)


def _detail(layer: _Layer4 | None, ports: Ports | None) -> str:
    """What tells packets of one flow apart: the flags of TCP, the type of ICMP."""
    if ports is not None:
        flags = ",".join(name for name, value in (ports.flags or {}).items() if value)
        return flags and f"flags {flags}"
    icmp = None if layer is None else layer.ICMPv4 or layer.ICMPv6
    return "" if icmp is None else f"type {icmp.type} code {icmp.code}"


def _point(flow: Flow) -> str | None:
    """Where in the datapath, as `hubble observe` names it: `to-endpoint`, `policy-verdict:L3-L4 INGRESS`."""
    kind = flow.event_type.type if flow.event_type else 0
    direction = flow.traffic_direction if isinstance(flow.traffic_direction, str) else ""
    if direction == "TRAFFIC_DIRECTION_UNKNOWN":
        direction = ""
    if flow.l7 is not None:
        point = "l7"
    elif kind == _POLICY_VERDICT:
        match = flow.policy_match_type or 0
        name = _MATCHES[match] if 0 <= match < len(_MATCHES) else "unknown"
        point = f"policy-verdict:{name} {direction}".rstrip()
    elif kind == _TRACE_SOCK or flow.sock_xlate_point:
        point = str(flow.sock_xlate_point or "").removeprefix("SOCK_XLATE_POINT_").lower().replace("_", "-")
    elif isinstance(flow.trace_observation_point, str) and flow.trace_observation_point != "UNKNOWN_POINT":
        point = flow.trace_observation_point.lower().replace("_", "-")
    else:
        point = direction.lower()  # a drop has no point, but a direction
    return printable(point) or None


def protocol_of(layer: _Layer4 | None) -> tuple[str, Ports | None]:
    """The protocol as a journey's flow calls it, and the ports."""
    if layer is None:
        return "", None
    for name, ports in (("tcp", layer.TCP), ("udp", layer.UDP), ("sctp", layer.SCTP)):
        if ports is not None:
            return name, ports
    return "icmp" if layer.ICMPv4 is not None else "icmpv6" if layer.ICMPv6 is not None else "", None


def printable(text: str) -> str:
    """Text of the file in printable characters, not too long."""
    text = text if len(text) <= _LONGEST_NAME else f"{text[:_LONGEST_NAME]}…"
    return text if text.isprintable() else "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)
