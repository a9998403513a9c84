"""Which frames are a situation of their own once more is learned?"""

from __future__ import annotations

from tests.explain.made import advertise, echo, packets
from vxlan_dissect import Inventory
from vxlan_dissect.explain.learn import Lessons
from vxlan_dissect.explain.names import Names
from vxlan_dissect.explain.situations import answers_known


def test_another_answer_concerns_answers_alone():
    """With the number of answers that are known, frames of ND and ARP are told apart, others are not."""
    batch, lessons = packets(advertise(), echo()), Lessons(Names(Inventory()))
    assert answers_known(batch, lessons).tolist() == [0, 0]
    lessons.learn(batch)
    assert answers_known(batch, lessons).tolist() == [1, 0]
