"""Which address stands for which other one?"""

from __future__ import annotations

import pytest

from tests.explain.made import FAR_IP4, POD_IP4, packets
from vxlan_dissect.addresses import parse_ip
from vxlan_dissect.explain import translations
from vxlan_dissect.explain.translations import Translations

SERVICE = "10.96.0.10"


def syn(dst, port, *, seq=700, stamp=9, **more):
    """The SYN of a client, as it passes somewhere on its way."""
    return {
        "ip.src": POD_IP4, "ip.dst": dst, "ip.ttl": 64, "tcp.srcport": 40000, "tcp.dstport": port, "tcp.flags": 2,
        "tcp.seq_raw": seq, "tcp.options.timestamp.tsval": stamp, **more,
    }  # fmt: skip


def learned(*rows):
    """Translations of one capture."""
    found = Translations()
    found.learn(packets(*rows))
    return found


def behind(found, ip=SERVICE, port=80):
    """What stands behind an address, as text and port."""
    return [(str(one.ip), one.port) for one in found.backends(parse_ip(ip), port)]


def test_syn_with_two_receivers():
    """The same SYN with another receiver shows the backend, and the frames that do."""
    found = learned(syn(SERVICE, 80), syn(FAR_IP4, 8080))
    assert behind(found) == [(FAR_IP4, 8080)]
    assert found.backends(parse_ip(SERVICE), 80)[0][2:] == (1, 2)
    assert behind(found, FAR_IP4, 8080) == []


def test_datagram_with_two_receivers():
    """The same datagram with another receiver does too."""
    rows = [
        {"ip.src": POD_IP4, "ip.dst": dst, "ip.id": 4, "udp.srcport": 40000, "udp.dstport": port, "udp.length": 30}
        for dst, port in ((SERVICE, 53), (FAR_IP4, 5353))
    ]
    assert behind(learned(*rows), port=53) == [(FAR_IP4, 5353)]


@pytest.mark.parametrize(
    "second",
    [
        pytest.param(syn(SERVICE, 80, **{"ip.ttl": 63}), id="only forwarded"),
        pytest.param(syn(FAR_IP4, 8080, seq=701), id="another connection"),
        pytest.param(syn(FAR_IP4, 8080, stamp=10), id="another moment"),
        pytest.param(syn(FAR_IP4, 8080, ms=5000), id="long after"),
    ],
)
def test_what_teaches_nothing(second):
    """Two SYNs that are not the same packet, or go to the same receiver, are no translation."""
    assert behind(learned(syn(SERVICE, 80), second)) == []


def test_several_backends():
    """A service leads now here, now there."""
    found = learned(
        syn(SERVICE, 80), syn(FAR_IP4, 8080), syn(SERVICE, 80, seq=1, stamp=1), syn("10.244.1.9", 8080, seq=1, stamp=1)
    )
    assert behind(found) == [(FAR_IP4, 8080), ("10.244.1.9", 8080)]


def test_memory_is_bounded(monkeypatch):
    """A scan of translated ports fills no more than the limit."""
    monkeypatch.setattr(translations, "MAX_FRONTS", 5)
    rows = [row for n in range(20) for row in (syn(SERVICE, n, seq=n), syn(FAR_IP4, n, seq=n))]
    assert sum(bool(behind(learned(*rows), port=n)) for n in range(20)) == 5
