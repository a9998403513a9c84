"""Are owners, times and places called as readers call them?"""

from __future__ import annotations

import pytest

from tests.report import samples
from vxlan_dissect.explain.statements import SEVERITIES, Endpoint, FieldEvidence
from vxlan_dissect.inventory.model import ROLES, Host, Owner
from vxlan_dissect.report import words


@pytest.mark.parametrize(
    ("owner", "name", "remark"),
    [
        (samples.POD_OWNER, "cni-7t9p4 eth0", "on cilium-dual-stack-worker"),
        (samples.POD_OWNER._replace(namespace="kube-system"), "kube-system/cni-7t9p4 eth0", f"on {samples.NODE}"),
        (samples.LXC_OWNER, "lxc237a31216c0f", f"on {samples.NODE}, host end of a pod's veth"),
        (samples.NODE_OWNER, "cilium-dual-stack-worker eth0", ""),
        (samples.ROUTER_OWNER, "cilium-dual-stack-worker", "gateway of its pods"),
        (samples.SERVICE_OWNER, "default/cni", "service"),
        (Owner(None, None, "pod", None), "a pod", ""),
        (
            samples.LXC_OWNER._replace(interface=None, serves="cni-7t9p4"),
            "host end of cni-7t9p4's veth",
            f"on {samples.NODE}",
        ),
        (Owner(Host("w"), "flannel.1", "tunnel", None), "w flannel.1", "tunnel device"),
    ],
)
def test_owners_have_a_name_and_what_the_name_does_not_tell(owner, name, remark):
    """A pod has its node, a namespace where it is not the default one; an lxc interface says what it is."""
    holder, _ = words.holders(Endpoint(None, samples.POD_IP, owner, None))
    assert (holder.name, holder.remark) == (name, remark)


@pytest.mark.parametrize("role", ROLES)
def test_every_role_of_the_inventory_has_words(role):
    """No owner is shown without a name, whatever its role."""
    owner = Owner(Host("worker", "cni" if role == "pod" else None), "eth0", role, None, service="cni")
    holder, _ = words.holders(Endpoint(None, samples.POD_IP, owner, None))
    assert holder.name


def test_an_identity_is_said_of_the_address_that_has_it():
    """The security identity belongs to the sender's IP address, not to its MAC."""
    ip, mac = words.holders(samples.REQUEST.src)
    assert "identity 10398" in ip.remark
    assert "identity" not in mac.remark


def test_the_order_of_statements_is_by_severity_and_stable():
    """Graver ones first; among equals the order stays."""
    severities = [item.severity for item in words.by_severity(samples.BROKEN.statements)]
    assert severities == sorted(severities, key=SEVERITIES.index, reverse=True)
    assert [item.rule for item in words.by_severity(samples.STATEMENTS)] == ["tunnel.encapsulated", "icmp.echo-request"]


def test_a_header_that_told_the_tunnel_is_said():
    """VXLAN on an unlisted port says by what it was recognised."""
    outer = samples.OUTER._replace(port=1234, recognised_by="header")
    assert words.tunnel(outer) == "VXLAN, VNI 10398, UDP port 1234, TTL 64, recognised by its header, not its port"


def test_absent_evidence_is_said_to_be_absent():
    """A field that the frame does not have is evidence too."""
    assert words.evidence(FieldEvidence("icmpv6.opt.target_linkaddr", None)) == (
        "icmpv6.opt.target_linkaddr",
        "absent",
    )
