"""Is encrypted traffic counted by its two ends and their direction?"""

from __future__ import annotations

from tests.explain.made import S, packets
from vxlan_dissect.addresses import parse_ip
from vxlan_dissect.rules.encryption import traffic
from vxlan_dissect.rules.encryption.traffic import DATA, INITIATION, RESPONSE, spis, wireguard

A, B = "172.18.0.4", "172.18.0.3"
THERE, BACK = (parse_ip(A), parse_ip(B)), (parse_ip(B), parse_ip(A))


def message(kind, src=A, dst=B, **more):
    """A WireGuard message."""
    return {"ip.src": src, "ip.dst": dst, "wg.type": kind, "frame.layers": 3, **more}


def test_messages_of_each_direction():
    """Types are counted for each direction alone; the span reaches from the first to the last of all types."""
    found = wireguard(
        packets(
            message(INITIATION, ms=0), message(RESPONSE, B, A, ms=1), message(DATA, ms=2), message(DATA, ms=7000),
            {"ip.src": A, "ip.dst": B, "ms": 9000},
        )
    )  # fmt: skip
    assert {pair: sent.counts for pair, sent in found.items()} == {
        THERE: {INITIATION: 1, DATA: 2},
        BACK: {RESPONSE: 1},
    }
    assert found[THERE].last_ns - found[THERE].first_ns == 7 * S


def test_pairs_are_bounded(monkeypatch):
    """A flood of forged ends costs no more memory than MOST of them."""
    monkeypatch.setattr(traffic, "MOST", 3)
    found = wireguard(packets(*(message(DATA, f"10.0.0.{n}") for n in range(1, 9))))
    assert len(found) == 3


def test_spis_of_one_direction():
    """SPIs are those of one direction, in order."""
    sent = [{"ip.src": src, "ip.dst": dst, "esp.spi": spi} for src, dst, spi in ((A, B, 4), (A, B, 3), (B, A, 9))]
    found = packets(*sent, {"ip.src": A, "ip.dst": B})
    assert spis(found, THERE) == (3, 4)
    assert spis(found, BACK) == (9,)
