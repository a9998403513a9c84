"""Is the same said of scenarios with other names and addresses, and nothing too much without an inventory?"""

from __future__ import annotations

import ipaddress

import pytest

from tests.capture.writers import Frame
from tests.diagnose.baseline import baseline
from tests.diagnose.packets import ETHERNET, rewritten
from tests.diagnose.renamed import ip, mac, reordered, text
from tests.diagnose.score import here
from tests.diagnose.test_score import needs_diagnose
from tests.diagnose.variants import differences, misnamed, overclaims
from tests.explain.rewrite import frames_of

SAMPLE = 15  # of the scenarios one in so many; `python -m tests.diagnose.score --variants` judges all


def sample(part):
    """Some scenarios of every family, others than those of the other parts."""
    return here()[part::SAMPLE]


def known(part, found):
    """What the baseline does not name."""
    return [one for one in found if one.strip().partition(":")[0] not in (baseline("variants").get(part) or [])]


@needs_diagnose
def test_renamed(shared_dir):
    """Other names, addresses and times change no verdict."""
    named = known("renamed", differences(sample(0)))
    assert [one for one in named if not one.startswith(" ")] == []


@needs_diagnose
def test_without_inventory(shared_dir):
    """Without an inventory nothing is claimed that is not so."""
    assert known("overclaims", overclaims(sample(2))) == []


def test_nothing_else_is_called_cilium(shared_dir):
    """Only Cilium is called Cilium, with an inventory and without."""
    assert list(misnamed(sample(4))) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("10.244.1.23", "10.225.43.23"),
        ("192.168.202.128", "192.168.135.128"),
        ("172.18.0.3", "172.23.11.3"),
        ("203.0.113.80", "203.0.113.80"),
        ("169.254.1.1", "169.254.1.1"),
        ("fd00:10:244:1::4749", "fd00:a1c:244:1::4749"),
        ("fe80::a079:14ff:fe47:80b3", "fe80::a04c:5eff:fe47:80b3"),
        ("fe80::ecee:eeff:feee:eeee", "fe80::ecee:eeff:feee:eeee"),
        ("ff02::1:ff47:80b3", "ff02::1:ff47:80b3"),
        ("::", "::"),
    ],
)
def test_addresses(old, new):
    """Prefixes change and the last 24 bits stay; the interface identifier follows the MAC."""
    assert ip(ipaddress.ip_address(old).packed) == ipaddress.ip_address(new).packed


def test_macs():
    """The vendor changes; group addresses and those that a CNI fixes stay."""
    assert mac(bytes.fromhex("a279144780b3")).hex() == "a24c5e4780b3"
    for fixed in ("eeeeeeeeeeee", "ffffffffffff", "333300000001", "000000000000"):
        assert mac(bytes.fromhex(fixed)).hex() == fixed


def test_text():
    """Names change as whole words only, a prefix keeps its host bits empty."""
    old = "10.96.0.0/12 via 10.244.1.154 dev worker2 worker, ether a2:79:14:47:80:b3, fd00:10:244:1::/64, 12:30:59"
    new = "10.112.0.0/12 via 10.225.43.154 dev worker2 seven, ether a2:4c:5e:47:80:b3, fd00:a1c:244:1::/64, 12:30:59"
    assert text(old, {"worker": "seven"}) == new


def test_rewriting_twice_is_nothing(captures_dir):
    """The mapping is its own reverse, so that a frame rewritten twice, checksums too, is what it was."""
    for path in sorted((captures_dir / "cilium-1.16").glob("*/*.pcap")):
        frames, linktype = frames_of(path)
        for frame in frames:
            once = rewritten(frame.data, linktype, ip, mac)
            assert rewritten(once, linktype, ip, mac) == frame.data, path


def test_hostile_frames_are_rewritten():
    """Frames cut anywhere are rewritten without an exception and keep their length."""
    whole = bytes.fromhex(
        "a279144780b34e5b00000001" + "86dd" + "60000000" + "0020" + "3aff" + "fd" * 32 + "87" + "00" * 31
    )
    for end in range(len(whole)):
        assert len(rewritten(whole[:end], ETHERNET, ip, mac)) == end


def test_order_of_interfaces():
    """Only frames of the same time change places, and only in a capture of all interfaces."""
    frames = [Frame(bytes(4) + bytes((0, 0, 0, index)) + bytes(12), time) for index, time in ((3, 1), (2, 1), (1, 2))]
    assert [frame.data[7] for frame in reordered(frames, 276)] == [2, 3, 1]
    assert reordered(frames, ETHERNET) == frames
