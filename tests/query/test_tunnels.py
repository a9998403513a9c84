"""Do filters find tunnels, and what is named and not opened, as Wireshark's do?"""

from __future__ import annotations

import shutil
import subprocess

import pytest

from tests.wire.frames import decode_all
from tests.wire.real import Frame, write_pcap
from tests.wire.tunnels import OTHERS, TUNNELS

FRAMES = TUNNELS | OTHERS


@pytest.fixture(scope="module")
def tshark(tmp_path_factory):
    """Names of the frames that tshark finds with a display filter."""
    command = shutil.which("tshark")
    if command is None:
        pytest.skip("needs tshark, which is not on this machine")
    path = tmp_path_factory.mktemp("tunnels") / "every.pcap"
    write_pcap(path, 1, [Frame(data, len(data), name) for name, data in FRAMES.items()])

    def found(expression):
        arguments = ["-n", "-r", str(path), "-d", "udp.port==8472,vxlan", "-Y", expression, "-T", "fields"]
        done = subprocess.run([command, *arguments, "-e", "frame.number"], capture_output=True, text=True, check=True)
        return [list(FRAMES)[int(number) - 1] for number in done.stdout.split()]

    return found


@pytest.mark.parametrize(
    "expression",
    [
        "vxlan",
        "vxlan.flag_g == 1",
        "vxlan.flag_d == 1 and vxlan.flag_a == 1",
        "vxlan.vni == 10398",
        "geneve",
        "geneve.vni == 10398 and geneve.option.class == 0x0102",
        "geneve.flags.critical == 1",
        "geneve.flags.oam == 0",
        "geneve.proto_type == 0x8847",
        "gre",
        "gre.key == 0x00abcd07",
        "gre.proto == 0x88be",
        "gre.sequence_number",
        "erspan.spanid == 517",
        "mpls",
        "mpls.label == 300",
        "mpls.ttl == 64 and mpls.exp == 5",
        "nsh.spi == 0xabcdef",
        "wg",
        "wg.type == 4",
        "wg.receiver == 7",
        "esp",
        "esp.spi == 0xc0ffee03",
        "ah.sequence == 77",
        "isakmp",
        "isakmp.exchangetype == 34",
        "udpencap.nat_keepalive",
        "ip.proto == 47 or ipv6.nxt == 47",
    ],
)
def test_as_tshark_finds_them(expression, tshark):
    """The same frames, and some at all."""
    mine = [list(FRAMES)[packet.number - 1] for packet in decode_all(list(FRAMES.values())).where(expression)]
    assert mine == tshark(expression)
    assert 0 < len(mine) < len(FRAMES)


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("geneve.dsr.ipv4 == 10.96.0.0/12", {"geneve, DSR", "geneve, OVN"}),
        ("geneve.dsr.ipv6 == fd00:10:96::a", {"geneve, DSR over IPv6"}),
        ("geneve.ovn.egress_port == 32769", {"geneve, OVN"}),
        ("geneve.option.class == cilium", {"geneve, DSR", "geneve, DSR over IPv6"}),
        ("nvgre.vsid == 0xabcd", {"nvgre"}),
        ("wg.type == handshake-response", {"wireguard response"}),
        ("wg.recognised_by == header", {"wireguard on another port"}),
        ("inner.mpls.labels == 3", {"mpls, three labels"}),
        ("isakmp.exchangetype == IKE_SA_INIT", {"ike", "ike over UDP 4500"}),
    ],
)
def test_names_of_our_own(expression, names):
    """What Wireshark has no name for, and values by name."""
    found = {list(FRAMES)[packet.number - 1] for packet in decode_all(list(FRAMES.values())).where(expression)}
    assert found == names
