"""What does one frame say?

Law: a frame is a row of Packets; its values are what Python has for them, and None where the frame has none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vxlan_dissect import schema
from vxlan_dissect.addresses import IP, format_mac
from vxlan_dissect.errors import UsageError

if TYPE_CHECKING:
    from vxlan_dissect.columns import Column, TextColumn
    from vxlan_dissect.layers import Layers
    from vxlan_dissect.packets import Packets

Value = int | bool | IP | None


class Packet:
    """One frame: a row of Packets, values as Python sees them (int, bool, IP; a MAC is an int)."""

    __slots__ = ("_known", "packets", "row")

    def __init__(self, packets: Packets, row: int) -> None:
        self.packets, self.row = packets, row
        self._known: dict[str, Value] = {}  # rules ask for the same again and again

    def get(self, name: str) -> Value:
        """The value of a column in this frame, None where it is absent."""
        if name not in self._known:
            self._known[name] = self._read(name)
        return self._known[name]

    def _read(self, name: str) -> Value:
        column: Column | TextColumn | None = self.packets.columns.get(name)
        if column is None and name in schema.DERIVED_COLUMNS:
            column = self.packets.derived(name)
        if column is None or not column.valid[self.row]:
            return None
        value = column.values[self.row]
        kind = schema.field_of(name).kind
        if kind == "ipv6":
            return IP(6, int(value["hi"]) << 64 | int(value["lo"]))
        if kind == "ipv4":
            return IP(4, int(value))
        return bool(value) if kind == "bool" else int(value)

    def integer(self, name: str) -> int | None:
        """The value of a column of numbers or MACs, None where it is absent or an address."""
        value = self.get(name)
        return value if isinstance(value, int) else None

    def ip(self, name: str) -> IP | None:
        """The value of a column of addresses, None where it is absent or a number."""
        value = self.get(name)
        return value if isinstance(value, IP) else None

    def text(self, name: str) -> str | None:
        """The value as a reader writes it: addresses as text, named values by name, None where it is absent."""
        return text_of(name, self.get(name))

    def present(self) -> frozenset[str]:
        """The columns that this frame has, derived ones aside."""
        row = self.row
        return frozenset(name for name, column in self.packets.columns.items() if column.valid[row])

    def alone(self) -> Packet:
        """The frame with the values of its columns, without its bytes and without the other frames."""
        one = Packet(self.packets.only(self.row), 0)
        one._known = {name: self.get(name) for name in self.present()}
        return one

    @property
    def number(self) -> int:
        """Frame number in the file, from 1."""
        return int(self.packets.columns["frame.number"].values[self.row])

    @property
    def protocols(self) -> tuple[str, ...]:
        """Header names from the outside in, as `eth`, `ip`, `udp`, `vxlan`, `eth`, `ipv6`, `icmpv6`."""
        code = self.get("frame.layers")
        return self.packets.layer_paths[code] if isinstance(code, int) else ()

    @property
    def linktype(self) -> int:
        """LINKTYPE_ number of the interface where it was captured."""
        interface = self.integer("frame.interface_id") or 0
        return self.packets.interfaces[interface].linktype

    @property
    def bytes(self) -> bytes:
        """What was captured of the frame. Raises UsageError where that is not at hand."""
        if self.packets.column("frame.offset").valid[self.row]:
            data = self.packets.bytes_of(self.row)
            if data or not self.integer("frame.cap_len"):
                return data
        raise UsageError(f"frame {self.number} of {self.packets.name}: its bytes are not at hand")

    @property
    def layers(self) -> Layers:
        """Every header of the frame with its fields, from the outside in; print it to see the tree."""
        from vxlan_dissect import layers

        return layers.layers_of(self)

    def to_scapy(self) -> Any:
        """The frame as scapy's packet of its link type, with time and length; scapy is an extra. Raises UsageError.

        scapy decodes it by its own rules.
        """
        from vxlan_dissect import interop_scapy

        return interop_scapy.packet(self)

    def to_dpkt(self) -> Any:
        """The frame as dpkt's packet of its link type. Raises UsageError where it has none, or dpkt cannot read it."""
        from vxlan_dissect import interop_dpkt

        return interop_dpkt.packet(self)

    def __repr__(self) -> str:
        return f"<Packet {self.number} of {self.packets.name}: {'/'.join(self.protocols)}>"


def text_of(name: str, value: Value) -> str | None:
    """A value of column `name` as text."""
    if value is None:
        return None
    field = schema.field_of(name)
    if field.kind == "mac":
        return format_mac(int(value))  # type: ignore[arg-type]
    if isinstance(value, int) and not isinstance(value, bool):
        return field.names.get(value, str(value))
    return str(value)
