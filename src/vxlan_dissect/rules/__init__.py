"""Which rules are there, and what do they say of a frame?

Law: a rule is one file and one line here. Its module has `check(context)`, which returns one Statement or None, and a
docstring that is its page: *Shows*, *Why it matters*, *How we know*, *What to check next*. A rule that cannot give
evidence stays silent.
"""

from __future__ import annotations

import inspect
from functools import lru_cache
from importlib import import_module
from itertools import chain
from typing import TYPE_CHECKING, Protocol

from vxlan_dissect import schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from vxlan_dissect.explain.context import Context
    from vxlan_dissect.explain.findings import Finding
    from vxlan_dissect.explain.statements import Statement
    from vxlan_dissect.losses.collect import Collection
    from vxlan_dissect.losses.model import Loss
    from vxlan_dissect.pipeline import Explanations
    from vxlan_dissect.rules.losing import Weight

# In the order in which a frame's statements are shown: the tunnel around it, what it is, how it travels. With each the
# columns of which a frame must have one to be spoken of; none asked for: every frame. The name is that of the module.
RULES: dict[str, tuple[str, ...]] = {
    "tunnel.encapsulated": ("frame.tunnels",),
    "tunnel.identity": ("outer.vxlan.vni", "outer.geneve.vni"),
    "tunnel.identity-mismatch": ("outer.vxlan.vni", "outer.geneve.vni"),
    "tunnel.receiver-elsewhere": ("frame.tunnels",),
    "tunnel.sender-elsewhere": ("frame.tunnels",),
    "tunnel.unknown-endpoint": ("frame.tunnels",),
    "tunnel.unexpected-network": ("outer.vxlan.vni", "outer.geneve.vni"),
    "tunnel.second-network": ("outer.udp.dstport",),
    "tunnel.group-destination": ("frame.tunnels",),
    "tunnel.address-resolution": ("outer.vxlan.vni", "outer.geneve.vni"),
    "tunnel.reserved-bits": ("outer.vxlan.flags",),
    "tunnel.outer-checksum": ("outer.udp.checksum",),
    "tunnel.outer-fragmented": ("outer.ip.frag_offset",),
    "tunnel.nested": ("frame.tunnels",),
    "tunnel.overhead": ("frame.tunnels",),
    "tunnel.undeliverable": ("quoted.ip.src", "quoted.ipv6.src"),
    "encryption.wireguard": ("wg.type",),
    "encryption.unanswered": ("wg.type",),
    "encryption.esp": ("esp.spi",),
    "encryption.plain": ("ip.src", "ipv6.src"),
    "mtu.mss-too-high": ("tcp.options.mss_val",),
    "mtu.too-big": ("ip.src", "ipv6.src"),
    "mtu.at-the-limit": ("ip.src", "ipv6.src"),
    "mtu.fragments-from-pod": ("ipv6.fraghdr.offset", "ip.flags.mf"),
    "offload.super-packet": ("tcp.srcport", "udp.srcport"),
    "offload.partial-checksum": (
        "tcp.checksum",
        "udp.checksum",
        "icmp.checksum",
        "icmpv6.checksum",
        "outer.udp.checksum",
    ),
    "offload.wrong-checksum": (
        "tcp.checksum",
        "udp.checksum",
        "icmp.checksum",
        "icmpv6.checksum",
        "outer.udp.checksum",
    ),
    "ndp.solicitation": ("icmpv6.nd.ns.target_address",),
    "ndp.duplicate-address-probe": ("icmpv6.nd.ns.target_address",),
    "ndp.reachability-probe": ("icmpv6.nd.ns.target_address",),
    "ndp.unanswered": ("icmpv6.nd.ns.target_address",),
    "ndp.proxy-advertisement": ("icmpv6.nd.na.target_address",),
    "ndp.advertisement": ("icmpv6.nd.na.target_address",),
    "ndp.unsolicited-advertisement": ("icmpv6.nd.na.target_address",),
    "ndp.override": ("icmpv6.nd.na.flag.o",),
    "ndp.conflict": ("icmpv6.nd.na.target_address",),
    "ndp.redirect": ("icmpv6.rd.na.target_address",),
    "ndp.router-solicitation": ("icmpv6.type",),
    "ndp.mld-report": ("icmpv6.type",),
    "ndp.invalid": ("icmpv6.type",),
    "arp.request": ("arp.opcode",),
    "arp.probe": ("arp.opcode",),
    "arp.announcement": ("arp.opcode",),
    "arp.unanswered": ("arp.opcode",),
    "arp.proxy-reply": ("arp.opcode",),
    "arp.reply": ("arp.opcode",),
    "arp.conflict": ("arp.opcode",),
    "icmp.echo-request": ("icmp.type", "icmpv6.type"),
    "icmp.echo-reply": ("icmp.type", "icmpv6.type"),
    "icmp.unreachable": ("quoted.ip.src", "quoted.ipv6.src"),
    "icmp.packet-too-big": ("quoted.ip.src", "quoted.ipv6.src"),
    "icmp.time-exceeded": ("quoted.ip.src", "quoted.ipv6.src"),
    "icmp.redirect": ("icmp.redir_gw",),
    "service.translated": ("tcp.dstport", "udp.dstport"),
    "service.not-translated": ("ip.dst", "ipv6.dst"),
    "service.wrong-address": ("tcp.flags",),
    "service.hairpin": ("ip.src", "ipv6.src"),
    "service.no-endpoints": ("quoted.ip.src", "quoted.ipv6.src"),
    "policy.rejected": ("quoted.ip.src", "quoted.ipv6.src"),
    "health.cilium-probe": ("icmp.type", "icmpv6.type", "tcp.dstport"),
    "health.kubelet-probe": ("tcp.dstport",),
    "tcp.handshake": ("tcp.flags",),
    "tcp.half-open": ("tcp.flags",),
    "tcp.refused": ("tcp.flags",),
    "tcp.reset": ("tcp.flags",),
    "tcp.retransmission": ("tcp.flags",),
    "tcp.new-source-port": ("outer.udp.srcport",),
    "tcp.zero-window": ("tcp.flags",),
    "tcp.keep-alive": ("tcp.flags",),
    "tcp.unseen-segment": ("tcp.flags",),
    "udp.unanswered": ("udp.dstport",),
    "dns.query": ("dns.id",),
    "dns.answer": ("dns.id",),
    "dns.failure": ("dns.id",),
    "dns.unanswered": ("dns.id",),
    "routing.gateway-mac": ("eth.dst",),
    "routing.hop-limit": ("ip.ttl", "ipv6.hlim"),
    "routing.hop-limit-exhausted": ("ip.ttl", "ipv6.hlim"),
    "routing.unknown-next-hop": ("eth.dst",),
    "routing.foreign-vtep-mac": ("eth.dst",),
    "routing.foreign-source": ("eth.src",),
    "routing.masqueraded": ("ip.src", "ipv6.src"),
    "routing.direct-reply": ("ip.src", "ipv6.src"),
    "routing.asymmetric-path": ("ip.src", "ipv6.src"),
    "routing.loop": ("ip.ttl", "ipv6.hlim"),
}

_DERIVED = schema.DERIVED_COLUMNS.intersection(chain.from_iterable(RULES.values()))

# What may have become of packets that went missing. Each weighs a loss; the order decides between equal weights.
LOSSES: tuple[str, ...] = (
    "loss.loop",
    "loss.hop-limit",
    "loss.fragments-unsupported",
    "loss.checksum-refused",
    "loss.tunnel-mismatch",
    "loss.wrong-tunnel-endpoint",
    "loss.unknown-endpoint",
    "loss.mtu",
    "loss.invalid-source",
    "loss.reverse-path-filter",
    "loss.stale-neighbour",
    "loss.neighbour-unresolved",
    "loss.no-route",
    "loss.tunnel-entry-missing",
    "loss.policy",
    "loss.underlay",
    "loss.reply",
    "loss.unexplained",
)

# What captures as a whole show. The module's `Survey` learns the batches of all captures and then gives findings.
SURVEYS: tuple[str, ...] = (
    "capture.truncated-file",
    "capture.kernel-drops",
    "capture.cut-frames",
    "capture.duplicate-frames",
    "capture.several-interfaces",
    "capture.one-direction",
    "capture.begins-in-the-middle",
    "capture.clock-back",
)

# What the conversations of several captures show of the captures: the module's `findings` of what was collected.
COMPARISONS: tuple[str, ...] = ("capture.missed-frames",)


class Survey(Protocol):
    """A rule on captures as a whole."""

    def learn(self, batch: Explanations) -> None:
        """Take in the next batch of a capture."""

    def findings(self) -> Iterator[Finding]:
        """What the captures show."""


def surveys() -> list[Survey]:
    """A fresh survey of each rule on captures as a whole."""
    return [_module(name).Survey() for name in SURVEYS]


def compared(collection: Collection) -> Iterator[Finding]:
    """What captures show of each other."""
    for name in COMPARISONS:
        yield from _module(name).findings(collection)


def statements(context: Context) -> tuple[Statement, ...]:
    """What all rules say of the frames of one context."""
    there = context.packet.present()
    there |= {name for name in _DERIVED if context.packet.get(name) is not None}
    said = (check(context) for check in _checks(there))
    spoken = (one for one in said if one is not None and one.evidence)
    return tuple(one._replace(text=sentence(one.text), evidence=tuple(dict.fromkeys(one.evidence))) for one in spoken)


def sentence(text: str) -> str:
    """The text with its first word as sentences begin: `the pod gateway` is no name, `worker` is one."""
    return f"T{text[1:]}" if text.startswith("the ") else text


def weights(loss: Loss) -> list[tuple[str, Weight]]:
    """What may have caused a loss, with the rule that says so, the weightiest first."""
    found = [(name, weight) for name in LOSSES if (weight := _module(name).weigh(loss)) is not None]
    return sorted(found, key=lambda pair: -pair[1].weight)


def module_of(name: str) -> str:
    """The module of a rule, by its dotted name."""
    return f"{__name__}.{name.replace('-', '_')}"


def names() -> tuple[str, ...]:
    """The names of all rules."""
    return (*RULES, *LOSSES, *SURVEYS, *COMPARISONS)


def describe(name: str) -> str:
    """The page of a rule, as its docstring stands. Raises KeyError for an unknown rule."""
    if name not in names():
        raise KeyError(name)
    return inspect.cleandoc(_module(name).__doc__ or "")


def section(name: str, heading: str) -> str:
    """What stands under one heading of a rule's page, as one line."""
    _, _, after = describe(name).partition(f"\n{heading}\n")
    lines = []
    for line in after.split("\n"):
        if line and not line.startswith(" "):
            break
        lines.append(line.strip())
    return " ".join(filter(None, lines))


@lru_cache(maxsize=1024)
def _checks(there: frozenset[str]) -> tuple[Callable[[Context], Statement | None], ...]:
    """The checks that speak of frames with these columns, which many frames have in common."""
    return tuple(_module(name).check for name, columns in RULES.items() if not columns or not there.isdisjoint(columns))


def _module(name: str) -> ModuleType:
    return import_module(module_of(name))
