"""In which domains shall hosts look for names, as a router advertises it?

Law: names are read in the order in which they stand, up to the first that is cut; none is guessed.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +---------------+---------------+-------------------------------+
    |   Type (31)   |  Length, 8s   |           Reserved            |
    +---------------+---------------+-------------------------------+
    |                           Lifetime                            |
    +---------------------------------------------------------------+
    |  Names, each as labels (length, octets) up to one of length 0; zeros fill the option
    +---------------------------------------------------------------

Source: RFC 8106 section 5.2, where names have no pointers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vxlan_dissect.derived.payload import Making, text
from vxlan_dissect.dissect import trace
from vxlan_dissect.wire import ndp
from vxlan_dissect.wire.header import QUOTE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vxlan_dissect.packets import Column, Packets, TextColumn

FIELDS = ("icmpv6.opt.dnssl",)
SEARCH_LIST = 31
LONGEST_LABEL = 63


def columns(packets: Packets) -> dict[str, Column | TextColumn]:
    """The column of FIELDS, of the innermost packets, if some frame has a value."""
    making = Making(len(packets))
    found: dict[int, list[str]] = {}
    listed = np.flatnonzero(packets.column("icmpv6.opt.dnssl.lifetime").valid)
    for traced in trace(packets, listed) if len(listed) else ():
        frames = traced.frames
        for place in traced.places:
            work = place.work
            if frames.dispatch.headers[place.header] is not ndp.OPTION or work.level == QUOTE:
                continue
            chosen = (place.structs["type"] == SEARCH_LIST) & (frames.tunnels[work.rows] == work.level)
            for number in np.flatnonzero(chosen).tolist():
                content = frames.buffer[work.offsets[number] + ndp.NAMES_DTYPE.itemsize : place.body[number]].tobytes()
                found.setdefault(int(traced.rows[work.rows[number]]), []).extend(_names(content))
    for row, names in found.items():
        making.put(row, "", {FIELDS[0]: tuple(names)} if names else {})
    return making.columns()


def _names(content: bytes) -> Iterator[str]:
    labels: list[str] = []
    at = 0
    while at < len(content):
        length, end = content[at], at + 1 + content[at]
        if length > LONGEST_LABEL or end > len(content):
            return
        if length:
            labels.append(text(content[at + 1 : end], label=True))
        elif labels:
            yield ".".join(labels)
            labels = []
        at = end
