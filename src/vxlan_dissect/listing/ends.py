"""Who sends a frame, and to whom?

Law: an end is a name where one is known, else the address that the packet has: IP, or MAC where there is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vxlan_dissect import arrow, schema

if TYPE_CHECKING:
    from vxlan_dissect.explain.statements import Endpoint, Outer
    from vxlan_dissect.inventory.model import Owner
    from vxlan_dissect.listing.batches import Batch
    from vxlan_dissect.packets import Packets

# A tunnel whose inside could not be read is all that there is of its frame.
_ADDRESSES = {
    "src": ("ipv6.src", "ip.src", "eth.src", "outer.ipv6.src", "outer.ip.src", "sll.src.mac"),
    "dst": ("ipv6.dst", "ip.dst", "eth.dst", "outer.ipv6.dst", "outer.ip.dst"),
}
_SPOKEN = {"ff:ff:ff:ff:ff:ff": "broadcast", None: ""}


def ends(batch: Batch, side: str, level: str = "") -> list[str]:
    """What the `src` or `dst` end of each frame is called, shape (n,); `level` is empty or `outer.`."""
    found = _addresses(batch.packets, side, level)
    if batch.explained is None:
        return found
    codes, known = batch.explained.ends()
    chosen = [_end(*each, side, level) for each in known]
    # ARP has IP addresses inside; the frame itself goes from MAC to MAC.
    by_ip = [None if end is None else called(end.ip_owner) for end in chosen]
    by_mac = [None if end is None else called(end.mac_owner) for end in chosen]
    has_ip = batch.packets.column(f"{level}ipv6.src").valid | batch.packets.column(f"{level}ip.src").valid
    rows = zip(codes[batch.rows].tolist(), has_ip.tolist(), found, strict=True)
    return [(by_ip[code] if ip else by_mac[code]) or address for code, ip, address in rows]


def _end(source: Endpoint, destination: Endpoint, outer: Outer | None, side: str, level: str) -> Endpoint | None:
    if level:
        return None if outer is None else outer.src if side == "src" else outer.dst
    return source if side == "src" else destination


def _addresses(packets: Packets, side: str, level: str) -> list[str]:
    names = [level + name for name in _ADDRESSES[side] if not (level and name.startswith(level))]
    columns = [arrow.array(packets, name).cast(pa.string()) for name in names if name in packets.columns]
    if side == "dst" and not level:
        columns.append(_to_whom(packets))
    if not columns:
        return [""] * len(packets)
    return [_SPOKEN.get(text, text) for text in pc.coalesce(*columns).to_pylist()]


def _to_whom(packets: Packets) -> pa.Array:
    """What a cooked header, which has no destination, tells of it: broadcast or multicast, or nothing."""
    kind, names = packets.column("sll.pkttype"), schema.FIELDS["sll.pkttype"].names
    codes = np.where(kind.valid & np.isin(kind.values, (1, 2)), kind.values, 0).astype(np.int32)
    return arrow.strings(["", names[1], names[2]]).take(arrow.numbers(codes, codes > 0))


def called(owner: Owner | None) -> str | None:
    """A short name of an owner: `cni-7t9p4`, `worker`, `worker/cilium_host`, `kube-dns`; None where there is none."""
    if owner is None:
        return None
    if owner.service is not None:
        return owner.service
    if owner.pod is not None and owner.what != "lxc":
        return owner.pod
    if owner.node is None:
        return None
    if owner.what == "router":
        return f"{owner.node}/gateway"
    if owner.what in {"lxc", "tunnel", "loopback"} and owner.interface is not None:
        return f"{owner.node}/{owner.interface}"
    return owner.node
