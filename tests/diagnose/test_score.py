"""Does `vxd diagnose` name the right cause at the right place, and nothing on a healthy network?

Law: shortcomings that are known stand in baseline.yaml by name; any other fails.
"""

from __future__ import annotations

import pytest

import vxlan_dissect as vxd
from tests.diagnose.score import alone, here, judge, together, worse
from tests.diagnose.test_truth import STORED
from tests.diagnose.truth import table

FAMILIES = sorted({truth.family for truth in table().values()})
EVERY = 6  # of the points that need not know, one in so many is judged here; the command judges all
needs_diagnose = pytest.mark.skipif(not hasattr(vxd, "diagnose"), reason="no vxd.diagnose yet")


@needs_diagnose
def test_stored_scenarios():
    """Stored scenarios are diagnosed from all their points, and from each that can know, as the table says."""
    assert worse(list(together(STORED)), "all") == []
    assert worse(list(alone(STORED, EVERY)), "alone") == []


@needs_diagnose
@pytest.mark.parametrize("family", FAMILIES)
def test_all_points_together(shared_dir, family):
    """With all points of a scenario its fault is named at its place, and no healthy one has a finding."""
    assert worse(list(together(here(family))), "all") == []


@needs_diagnose
@pytest.mark.parametrize("family", FAMILIES)
def test_each_point_alone(shared_dir, family):
    """One point alone names the fault where it can be known, and claims nothing wrong elsewhere."""
    assert worse(list(alone(here(family), EVERY)), "alone") == []


def finding(causes, *ends, severity="error", confidence="likely"):
    """A finding at a point or between two, each written NODE.DEVICE or NODE.pod-POD.DEVICE."""
    places = []
    for end in ends:
        node, _, interface = end.partition(".")
        pod, _, inside = (
            interface.removeprefix("pod-").rpartition(".") if interface.startswith("pod-") else ("", "", interface)
        )
        places.append({"node": node, "interface": inside, "pod": pod or None})
    place = None if not places else places[0] if len(places) == 1 else {"between": places}
    whole = {"rule": "loss.made", "text": "", "severity": severity, "confidence": confidence, "place": place}
    return whole | {"causes": [{"cause": cause, "why": ""} for cause in causes]}


POLICY = "cilium-29-policy-deny-ingress"  # lost between cilium_vxlan and lxc of worker2
LOSS = "cilium-35-underlay-loss-1-of-3"  # lost between the two NICs
RETURN = "flannel-29-route-missing-return"  # the reply is lost after the NIC of oak-w1
POD_A, POD_B = "worker.pod-cni-7t9p4.eth0", "worker2.pod-cni-8qgcs.eth0"
LXC_B = "worker2.lxc91c4d60f3ab8"


@pytest.mark.parametrize(
    ("name", "said", "outcome", "exact", "false"),
    [
        (POLICY, finding(["policy"], "worker2.cilium_vxlan", LXC_B), "hit", True, 0),
        (POLICY, finding(["policy"], "worker2.cilium_vxlan"), "hit", True, 0),
        (POLICY, finding(["policy"], "worker.eth0", POD_B), "hit", False, 0),
        (POLICY, finding(["policy"], "worker.eth0", "worker.eth0"), "hit", False, 0),
        (POLICY, finding(["other", "policy"], "worker2.cilium_vxlan", LXC_B), "hit", True, 1),
        (POLICY, finding(["other", "policy"], "worker2.cilium_vxlan", LXC_B, confidence="possible"), "hit", True, 0),
        (POLICY, finding(["policy"]), "miss", False, 0),
        (POLICY, finding([]), "miss", False, 0),
        (POLICY, finding(["policy"], "worker.eth0", "worker2.eth0"), "miss", False, 1),
        (POLICY, finding(["policy"], POD_A), "miss", False, 1),
        (POLICY, finding(["policy"], LXC_B, "worker.eth0"), "miss", False, 1),
        (POLICY, finding(["mtu"], severity="notice"), "miss", False, 0),
        (LOSS, finding(["underlay-loss"], "worker.eth0", "worker2.eth0"), "hit", True, 0),
        (LOSS, finding(["underlay-loss"], POD_A, POD_A), "hit", False, 0),
        (LOSS, finding(["underlay-loss"], "worker2.eth0", "worker.eth0"), "miss", False, 1),
        (RETURN, finding(["no-route"], "oak-w1.eth0", "oak-cp.eth0"), "hit", True, 0),
        (RETURN, finding(["no-route"], "oak-cp.eth0", "oak-w1.eth0"), "miss", False, 1),
    ],
)  # fmt: skip
def test_verdicts(name, said, outcome, exact, false):
    """A verdict follows from cause and place alone."""
    verdict = judge(table()[name], [said], name)
    assert (verdict.outcome, verdict.exact, len(verdict.false)) == (outcome, exact, false)


def test_silence():
    """To say nothing is a miss where the fault can be known, else modest; on a healthy network it is right."""
    assert judge(table()[POLICY], [], "").outcome == "miss"
    assert judge(table()[POLICY], [], "", knowable=False).outcome == "modest"
    assert judge(table()["cilium-01-ping6-cross-node"], [], "").outcome == "hit"


@pytest.mark.parametrize(("severity", "false"), [("info", 0), ("notice", 1), ("warning", 1), ("error", 1)])
def test_healthy(severity, false):
    """On a healthy network anything above information is wrong."""
    verdict = judge(table()["cilium-01-ping6-cross-node"], [finding([], severity=severity)], "")
    assert len(verdict.false) == false
