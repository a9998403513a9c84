"""What did DNS call the addresses of a capture?

Law: a name belongs to an address where a server's answer gave the address for that name, aliases followed; a question
alone names nothing. All names that an address was given are kept, none is preferred, and none is more than likely: an
answer may be old, or right for its asker only. Service and namespace are read from a name as the specification of
Kubernetes DNS forms it (kubernetes/dns, docs/specification.md, sections 2.3 and 2.4), where all such names agree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vxlan_dissect.addresses import IP, parse_ip
from vxlan_dissect.explain.statements import LIKELY
from vxlan_dissect.inventory.model import Owner
from vxlan_dissect.packets import TextColumn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vxlan_dissect.packets import Packets

MAX_ADDRESSES = 65536  # named by one capture: a flood of forged answers must not exhaust memory
MAX_NAMES = 8  # of one address
DNS_PORT = 53  # neighbours that answer for themselves (multicast DNS, LLMNR) are no servers


class _Told(NamedTuple):
    """`frame` is the first that gave the name, `times` how many frames did."""

    frame: int
    times: int


class Resolved:
    """The names that the DNS answers of one capture gave, batch by batch."""

    def __init__(self) -> None:
        self._told: dict[IP, dict[str, _Told]] = {}
        self.count = 0  # names of addresses

    def learn(self, packets: Packets) -> None:
        """Take in the answers of the next batch."""
        for name, addresses, told in _answers(packets):
            for ip in map(parse_ip, addresses):
                if ip.is_unspecified or ip.is_loopback:
                    continue  # how a filtering resolver says no
                if ip not in self._told and len(self._told) >= MAX_ADDRESSES:
                    continue
                names = self._told.setdefault(ip, {})
                known = names.get(name)
                if known is not None:
                    names[name] = _Told(known.frame, known.times + told.times)
                elif len(names) < MAX_NAMES:
                    names[name] = told
                    self.count += 1

    def owner(self, ip: IP | None) -> Owner | None:
        """Whom the names of an address speak of, None where it has none."""
        names = self._told.get(ip) if ip is not None else None
        if not names:
            return None
        whose = {place for name in names if (place := place_of(name)) is not None}
        namespace, service = whose.pop() if len(whose) == 1 else (None, None)
        why = "; ".join(_why(name, str(ip), told) for name, told in names.items())
        return Owner(None, None, "named", None, namespace, service, LIKELY, why, names=tuple(names))


def place_of(name: str) -> tuple[str, str | None] | None:
    """Namespace and service of a name that Kubernetes forms, None of another; a pod's has no service.

    `web.default.svc.cluster.local`, `web-0.web.default.svc.cluster.local` (a pod behind a headless service) and
    `10-244-1-5.default.pod.cluster.local`. The zone may be any.
    """
    labels = name.split(".")
    at = [place for place in (2, 3) if len(labels) > place + 1 and labels[place] == "svc"]
    if len(at) == 1:
        return labels[at[0] - 1], labels[at[0] - 2]
    return (labels[1], None) if not at and len(labels) > 3 and labels[2] == "pod" else None


def _answers(packets: Packets) -> Iterator[tuple[str, tuple[str, ...], _Told]]:
    """Each distinct answer of a server in a batch: name, addresses, first frame and count, in the order of frames."""
    resolved, asked = packets.derived("dns.resolved"), packets.derived("dns.qry.name")
    if not isinstance(resolved, TextColumn) or not isinstance(asked, TextColumn):
        return
    served = np.zeros(len(packets), dtype=bool)
    for name in ("udp.srcport", "tcp.srcport"):
        port = packets.column(name)
        served |= port.valid & (port.values == DNS_PORT)
    rows = np.flatnonzero(resolved.valid & served)
    codes = asked.values[rows].astype(np.int64) * len(resolved.texts) + resolved.values[rows]
    _, firsts, counts = np.unique(codes, return_index=True, return_counts=True)
    numbers = packets.column("frame.number").values
    for place in np.argsort(firsts).tolist():
        row = rows[firsts[place]]
        name = asked.texts[asked.values[row]][0].lower()
        yield name, resolved.texts[resolved.values[row]], _Told(int(numbers[row]), int(counts[place]))


def _why(name: str, address: str, told: _Told) -> str:
    more = f" and {told.times - 1} more" if told.times > 1 else ""
    return f"DNS answer in frame {told.frame}{more}: {name} is {address}"
