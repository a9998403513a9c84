"""Are losses found, and between the right places? Real captures, from which frames are taken."""

from __future__ import annotations

import pytest

from tests.diagnosis.altered import folder_without
from vxlan_dissect.diagnosis import diagnose
from vxlan_dissect.explain.places import At
from vxlan_dissect.inventory import Inventory

ANY = ".any.pcap"
LATER = "icmpv6.echo.sequence_number >= 2"  # two of three
BACK = "icmpv6.type == 129"
# The places of the ping from worker to worker2, in its order (captures/cilium-1.16/cilium-01-ping6-cross-node).
WAY = (
    "worker.pod-cni-7t9p4.eth0.pcap", "worker.lxc237a31216c0f.pcap", "worker.cilium_vxlan.pcap", "worker.eth0.pcap",
    "worker2.eth0.pcap", "worker2.cilium_vxlan.pcap", "worker2.lxc91c4d60f3ab8.pcap",
    "worker2.pod-cni-8qgcs.eth0.pcap",
)  # fmt: skip


@pytest.fixture(scope="module")
def cilium(captures_dir):
    """The scenario and its inventory."""
    folder = captures_dir / "cilium-1.16"
    return folder / "cilium-01-ping6-cross-node", Inventory.load(str(folder / "inventory"))


def found(source, tmp_path, gone):
    """What is wrong once frames were taken away, as rule -> finding; captures of all interfaces are left out."""
    scenario, inventory = source
    names = folder_without(scenario, tmp_path, gone)
    captures = [name for name in names if not name.endswith(ANY)]
    return [one for one in diagnose(captures, inventory).findings if one.severity != "info"]


def test_nothing_is_lost(cilium, tmp_path):
    """Untouched captures of a ping that works show nothing wrong."""
    assert found(cilium, tmp_path, lambda name: None) == []


@pytest.mark.parametrize("last", range(len(WAY) - 1))
def test_requests_are_lost(cilium, tmp_path, last):
    """Requests that are seen up to one place, and no answers to them anywhere, are lost before the next place."""
    later = set(WAY[last + 1 :])

    def gone(name):
        return LATER if name in later else f"{LATER} and {BACK}"

    (loss,) = found(cilium, tmp_path, gone)
    assert loss.severity == "error"
    assert (loss.count, loss.text.partition(" of ")[0]) == (2, "2")
    assert loss.place.at == _at(WAY[last])
    assert loss.place.until in _next(WAY, last)


@pytest.mark.parametrize("last", range(1, len(WAY)))
def test_replies_are_lost(cilium, tmp_path, last):
    """Replies that are seen from the receiver up to one place are lost before the next one on the way back."""
    later = set(WAY[:last])
    (loss,) = found(cilium, tmp_path, lambda name: f"{LATER} and {BACK}" if name in later else None)
    assert loss.place.at == _at(WAY[last])
    assert loss.place.until in _next(WAY[::-1], len(WAY) - 1 - last)
    assert "repl" in loss.text


def test_a_capture_that_missed_a_frame_lost_nothing(cilium, tmp_path):
    """What is seen before and after a place got through, whatever the capture there lacks."""
    assert found(cilium, tmp_path, lambda name: LATER if name == WAY[4] else None) == []


def test_a_place_that_was_not_captured(cilium, tmp_path):
    """Without captures of the far node's card and tunnel the loss lies between the places that there are."""
    scenario, inventory = cilium
    gone = set(WAY[4:])
    names = folder_without(scenario, tmp_path, lambda name: LATER if name in gone else f"{LATER} and {BACK}")
    left = [name for name in names if not name.endswith((ANY, WAY[4], WAY[5]))]
    (loss,) = [one for one in diagnose(left, inventory).findings if one.severity != "info"]
    assert loss.place.at == _at(WAY[3])
    assert loss.place.until in _next(WAY, 5)
    assert "worker2 cilium_vxlan" in loss.scope


def test_one_capture_alone(cilium, tmp_path):
    """A pod that gets no answer is known to lack it, and nothing more."""
    scenario, inventory = cilium
    names = folder_without(scenario, tmp_path, lambda name: BACK)
    pod = [name for name in names if name.endswith(WAY[0])]
    (loss,) = [one for one in diagnose(pod, inventory).findings if one.severity != "info"]
    assert loss.severity == "warning"
    assert loss.place.at == _at(WAY[0])
    assert "not seen" in loss.scope


def _next(way, last):
    """The place after one; the host end of the receiver's veth may be passed by (BPF host routing), so also the pod."""
    return [_at(name) for name in (way[last + 1 :] if last == len(way) - 3 else way[last + 1 : last + 2])]


def _at(name):
    node, _, rest = name.removesuffix(".pcap").partition(".")
    if rest.startswith("pod-"):
        pod, _, interface = rest.removeprefix("pod-").rpartition(".")
        return At(node, interface, pod)
    return At(node, rest, None)
