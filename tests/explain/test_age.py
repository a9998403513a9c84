"""Is it noticed that an inventory is not of the capture's time?"""

from __future__ import annotations

import vxlan_dissect as vxd
from vxlan_dissect.explain.age import age_of
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.model import Collected, Pod, Source
from vxlan_dissect.inventory.model.times import parse_time

BEGIN = parse_time("2024-07-12T12:00:00Z")
HOUR = 3_600_000_000_000
SOURCE = Source("f", 1)


def said(*facts):
    """What is said of an inventory beside a capture of one hour from noon."""
    return list(age_of(Inventory(facts), BEGIN, BEGIN + HOUR))


def test_collected_at_another_time():
    """The latest collection counts, from an hour on; within an hour and without a time nothing is said."""
    assert said() == []
    assert said(Collected(BEGIN - HOUR, SOURCE), Collected(BEGIN + 2 * HOUR, SOURCE)) == []
    (early,) = said(Collected(BEGIN - 3 * HOUR, SOURCE))
    assert early.startswith("collected 3 h before the capture")
    (late,) = said(Collected(BEGIN - 3 * HOUR, SOURCE), Collected(BEGIN + 3 * HOUR, SOURCE))
    assert late.startswith("collected 2 h after the capture")


def test_pods_of_another_time():
    """Pods that began after the capture are counted; that some ended before it is as it should be, that all did not."""
    before = Pod("a", SOURCE, until=BEGIN - 1)
    within = Pod("b", SOURCE, since=BEGIN - HOUR)
    after = Pod("c", SOURCE, since=BEGIN + HOUR + 1)
    assert said(before, within) == []
    assert said(before) == ["lists only pods that had ended before the capture"]
    (younger,) = said(within, after)
    assert younger.startswith("lists 1 of 2 pods that began after the capture")


def test_explanations_say_so(captures_dir):
    """The notes on a capture hold what is said of the inventory's age."""
    capture = captures_dir / "dual-stack-ping6" / "1.cap"
    notes = vxd.explain(capture, Inventory([Pod("c", SOURCE, since=parse_time("2025-01-01T00:00:00Z"))])).notes
    assert any(note.startswith("age: inventory lists 1 of 1 pods that began after") for note in notes)
    assert not any(note.startswith("age: ") for note in vxd.explain(capture, Inventory()).notes)
