"""Does the strongest reason win, and does a contradiction lower what is claimed?"""

from __future__ import annotations

import pytest

from vxlan_dissect.infer.hop_limit import fallen, fresh
from vxlan_dissect.infer.ledger import Ledger

MAC = 0x4E5B5745633B


def test_the_strongest_reason_wins():
    """A likely reason outweighs a possible one for another role, which is then no contradiction."""
    ledger = Ledger()
    ledger.claim(MAC, "pod", "possible", "it asks for routers")
    ledger.claim(MAC, "lxc", "likely", "it answers in place of others")
    role = ledger.role(MAC)
    assert (role.what, role.confidence, role.why, role.against) == (
        "lxc",
        "likely",
        "it answers in place of others",
        (),
    )


def test_a_contradiction_is_kept():
    """Reasons of one strength for two roles leave the answer possible, and the other role is named."""
    ledger = Ledger()
    for what, why in (("node", "it sends"), ("node", "it resolves"), ("router", "it forwards")):
        ledger.claim(MAC, what, "likely", why)
    role = ledger.role(MAC)
    assert (role.what, role.confidence, role.against) == ("node", "possible", ("router: it forwards",))


def test_nothing_is_said_of_nobody():
    """No reason, no role; and a claim about an address that is not there is none."""
    ledger = Ledger()
    ledger.claim(None, "pod", "likely", "nobody")
    assert ledger.role(MAC) is None
    assert list(ledger) == []


@pytest.mark.parametrize(
    ("hop", "expected"), [(64, 0), (63, 1), (62, 2), (128, 0), (127, 1), (255, 0), (254, 1), (1, 0), (4, 0), (None, 0)]
)
def test_hop_limits(hop, expected):
    """A value a little below one that systems start with was lowered; a small one says nothing."""
    assert fallen(hop) == expected
    assert fresh(hop) == (hop in {64, 128, 255})
