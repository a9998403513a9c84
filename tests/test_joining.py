"""Does the join name the ends of every packet as the inventory names their addresses?"""

from __future__ import annotations

import vxlan_dissect as vxd
from tests.inventory.test_spans import HOUR, IP, NOON
from tests.inventory.test_spans import frame as udp_frame
from vxlan_dissect.addresses import parse_ip
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.model import Pod, Source
from vxlan_dissect.joining import ATTRIBUTES, SIDES


def test_every_frame_has_the_owner_of_its_address(captures_dir):
    """Row by row, at both levels, the table says what the inventory answers."""
    folder = captures_dir / "dual-stack-ping6"
    packets, inventory = vxd.read(folder / "1.cap"), Inventory.load(folder / "inventory")
    table = vxd.join(packets, inventory)
    assert table.column_names == [f"{side}.{attribute}" for side in SIDES for attribute in ATTRIBUTES]
    assert table.num_rows == len(packets)
    named = 0
    for row, packet in enumerate(packets):
        for side in SIDES:
            level, _, end = side.rpartition(".")
            prefix = f"{level}." if level else ""
            ip = packet.ip(f"{prefix}ip.{end}") or packet.ip(f"{prefix}ipv6.{end}")
            mac = packet.integer(f"{prefix}eth.{end}")
            owners = inventory.owners_of_ip(ip) if ip else inventory.owners_of_mac(mac) if mac is not None else ()
            expected = owners[0] if owners else None
            got = {attribute: table[f"{side}.{attribute}"][row].as_py() for attribute in ATTRIBUTES}
            assert got["pod"] == (expected and expected.pod)
            assert got["node"] == (expected and expected.node)
            assert got["role"] == (expected and expected.what)
            named += expected is not None
    assert named >= 2 * len(packets)


def test_frames_of_two_times_have_two_owners(tmp_path):
    """An address that goes from one pod to another is the first's before and the other's after."""
    import struct

    data = udp_frame(IP.value.to_bytes(4, "big"), bytes([10, 0, 0, 1]))
    seconds = NOON // 10**9
    records = b"".join(
        struct.pack("<IIII", seconds + late, 0, len(data), len(data)) + data for late in (-60, 60, -30, 30)
    )
    path = tmp_path / "heirs.pcap"
    path.write_bytes(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1) + records)
    inventory = Inventory(
        [
            Pod("old", Source("f", 1), ips=(IP,), since=NOON - HOUR, until=NOON),
            Pod("new", Source("f", 2), ips=(IP,), since=NOON),
            Pod("other", Source("f", 3), ips=(parse_ip("10.0.0.1"),)),
        ]
    )
    table = vxd.join(vxd.read(path), inventory)
    assert table["src.pod"].to_pylist() == ["old", "new", "old", "new"]
    assert table["dst.pod"].to_pylist() == ["other"] * 4
    assert table["outer.src.pod"].to_pylist() == [None] * 4


def test_no_packets_and_no_inventory():
    """Nothing joined with nothing is an empty table with all columns."""
    from vxlan_dissect.packets import Packets

    table = vxd.join(Packets("x", 0, {}), Inventory())
    assert (table.num_rows, table.num_columns) == (0, len(SIDES) * len(ATTRIBUTES))
