"""Is the sequence diagram one that Mermaid reads, whatever the names are?"""

from __future__ import annotations

import re

from tests.report.trace import made
from tests.report.trace.sequence import checked
from vxlan_dissect.report.layout import Screen
from vxlan_dissect.report.trace import render
from vxlan_dissect.report.trace.mermaid import LARGEST, MOST
from vxlan_dissect.trace.model import Lost


def diagram(journeys):
    """The text."""
    return "".join(render(made.Made(journeys), "mermaid", Screen()))


def test_a_ping():
    """Places in the order of the way, a note for each packet, an arrow for each step."""
    lines = diagram([made.REQUEST, made.REPLY]).splitlines()
    assert lines[:2] == ["sequenceDiagram", "  participant p1 as 1 cni-7t9p4 eth0"]
    assert lines[9] == (
        "  Note over p1,p8: 07:20:34.643002 #35;3 cni-7t9p4 → cni-8qgcs: ICMPv6 echo request id 7726 seq 1 · 265 µs"
    )
    assert "  p3->>p4: +116 µs, into VXLAN, VNI 10398" in lines
    assert "  p4->>p3: +0 µs, out of VXLAN, VNI 10398" in lines
    said = checked("\n".join(lines))
    assert said.arrows == [(f"p{n}", f"p{n + 1}", True) for n in range(1, 8)] + [
        (f"p{n}", f"p{n - 1}", True) for n in range(8, 1, -1)
    ]


def test_a_loss_is_a_cross():
    """It goes from the last place to the one not reached, or to itself where none is further on."""
    said = checked(diagram([made.LOST]))
    assert said.arrows[-1] == ("p4", "p5", False)
    assert said.texts[-1] == "lost after worker eth0 and before worker2 eth0, perhaps underlay-loss"
    assert checked(diagram([made.LOST._replace(lost=Lost(made.NIC, None, ()))])).arrows[-1] == ("p4", "p4", False)


def test_doubt_and_verdicts_are_notes():
    """They stand with the packet."""
    said = checked(diagram([made.DOUBTFUL]))
    assert any("not certain: 3 datagrams" in text for text in said.texts)
    assert any(text.startswith("Hubble DROPPED") for text in said.texts)


def test_everything_is_read():
    """All that a journey may say."""
    checked(diagram(made.ALL))
    assert checked(diagram([])).arrows == []


def test_it_stays_small():
    """What Mermaid would refuse is left out and counted."""
    many = [made.REQUEST._replace(id=n) for n in range(1, 1001)]
    text = diagram(many)
    said = checked(text)
    assert len(text) < LARGEST + 1000
    assert len(said.arrows) == MOST * 7
    assert said.texts[-1] == f"{1000 - MOST} more packets not drawn"
    long = [one._replace(summary="; " * 3000) for one in many]
    said = checked(diagram(long))
    assert re.fullmatch(r"9\d\d more packets not drawn", said.texts[-1])
