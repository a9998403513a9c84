"""Packets made by hand, for tests of the filter language."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect import schema
from vxlan_dissect.addresses import parse_ip, parse_mac
from vxlan_dissect.packets import CaptureInterface, Column, Packets, empty

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LAYERS = (("eth", "ipv6", "icmpv6"), ("eth", "ip", "udp", "vxlan", "eth", "ipv6", "icmpv6"), ("eth", "arp"))


def make(rows: Sequence[Mapping[str, object]]) -> Packets:
    """Packets from one mapping a frame: column name to an int, a bool, or the text of an address."""
    columns: dict[str, Column] = {}
    for row, values in enumerate(rows):
        for name, value in {"frame.number": row + 1, **values}.items():
            kind = schema.field_of(name).kind
            column = columns.setdefault(name, empty(kind, len(rows)))
            column.valid[row] = True
            if kind == "mac" and isinstance(value, str):
                column.values[row] = parse_mac(value)
            elif kind == "ipv4" and isinstance(value, str):
                column.values[row] = parse_ip(value).value
            elif kind == "ipv6":
                number = parse_ip(value).value if isinstance(value, str) else value
                column.values[row] = (number >> 64, number & 2**64 - 1)
            else:
                column.values[row] = value
    return Packets(
        "made.pcap",
        len(rows),
        columns,
        interfaces=[CaptureInterface(1, "eth0"), CaptureInterface(1, None)],
        layer_paths=LAYERS,
        layer_names=("eth", "ip", "ipv6", "udp"),
    )


def numbers(packets: Packets, mask: np.ndarray) -> list[int]:
    """Frame numbers, counted from 1, that a mask picks."""
    assert mask.shape == (len(packets),)
    assert mask.dtype == bool
    return [int(row) + 1 for row in np.flatnonzero(mask)]
