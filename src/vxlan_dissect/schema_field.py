"""What is said of a column?

Law: all that a reader needs to know of a column stands in its Field, and nothing else decides its dtype.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Field(NamedTuple):
    """One column. `kind` is a dtype of KINDS; `wireshark` the display-filter name, empty where Wireshark has none.

    `varies` marks what changes from packet to packet of one flow (numbers, times, sizes): such a column is no part of
    a context, and a rule reads it only as evidence.
    """

    name: str
    kind: str
    unit: str
    wireshark: str
    doc: str
    varies: bool = False
    names: Mapping[int, str] = {}


# kind -> numpy dtype of the stored values
KINDS: dict[str, Any] = {
    "u1": "u1",
    "u2": "<u2",
    "u4": "<u4",
    "i8": "<i8",
    "bool": "?",
    "mac": "<u8",
    "ipv4": "<u4",
    "ipv6": [("hi", "<u8"), ("lo", "<u8")],
    "texts": "<i4",  # an index into the texts of a TextColumn
}
