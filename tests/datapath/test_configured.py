"""How is a recognised network set up, by what its own configuration and agents say?"""

from __future__ import annotations

import pytest

from tests.explain.made import hosts, interface
from vxlan_dissect.datapath.recognise import NAMED, named, recognise
from vxlan_dissect.errors import UsageError
from vxlan_dissect.inventory.model import Agent, Filter, Host, Setting, Source

NODE, AT = Host("node"), Source("node.txt", 9)
CILIUM = interface(NODE, "cilium_host")


def agent(key, value):
    """A line of `cilium status`."""
    return Agent(NODE, key, value, AT)


def setting(key, value, origin="cilium-config"):
    """A line of a configuration."""
    return Setting(origin, key, value, AT)


@pytest.mark.parametrize(
    ("fact", "past"),
    [
        (agent("Host Routing", "BPF"), True),
        (agent("Host Routing", "Legacy"), False),
        (agent("Routing", "Network: Tunnel [vxlan] Host: BPF"), True),
        (agent("Routing", "Network: Tunnel [vxlan] Host: Legacy"), False),
        (setting("enable-host-legacy-routing", "true"), False),
        (setting("bpf.hostLegacyRouting", "true", "helm"), False),
        (setting("enable-host-legacy-routing", "false"), None),
        (Filter(NODE, "lxc1", "ingress", "cil_from_contai", AT), None),
    ],
)
def test_host_routing(fact, past):
    """Agent and configuration decide; what only follows from programs, or from a default, decides nothing."""
    assert recognise(hosts(CILIUM, fact), ()).profile.past_host_end is past


@pytest.mark.parametrize(
    ("fact", "release"),
    [
        (agent("Cilium", "Ok 1.13.0-rc5 (v1.13.0-rc5-dc22a46f)"), (1, 13)),
        (agent("Cilium", "Ok 1.19.1 (v1.19.1-d0d0c879)"), (1, 19)),
        (setting("image.tag", "v1.16.19", "helm"), (1, 16)),
    ],
)
def test_release(fact, release):
    """The release is that of the agent or of the image, and the line says so."""
    found = recognise(hosts(CILIUM, fact), ())
    assert (found.profile.since, found.profile.until) == (release, release)
    assert f"version {release[0]}.{release[1]} (" in found.words


# bpf/lib/l3.h before and since fdf020e91e (v1.19.0); bpf/lib/fib.h
@pytest.mark.parametrize(
    ("facts", "falls"),
    [
        ((agent("Host Routing", "Legacy"), agent("Cilium", "Ok 1.16.19 (v1.16.19)")), 2),
        ((agent("Host Routing", "Legacy"), agent("Cilium", "Ok 1.19.1 (v1.19.1)")), 1),
        ((agent("Host Routing", "BPF"), agent("Cilium", "Ok 1.16.19 (v1.16.19)")), 1),
        ((agent("Host Routing", "BPF"),), 1),
        ((agent("Cilium", "Ok 1.19.1 (v1.19.1)"),), 1),
        ((agent("Host Routing", "Legacy"),), None),
        ((agent("Cilium", "Ok 1.16.19 (v1.16.19)"),), None),
        ((), None),
    ],
)
def test_hop_limit_towards_the_outside(facts, falls):
    """Releases and host routings differ in it; where they are not known nothing is predicted."""
    assert recognise(hosts(CILIUM, *facts), ()).profile.falls_world == falls


def test_native_routing():
    """Without a tunnel there is no tunnel device on the way."""
    for fact in (setting("routing-mode", "native"), setting("tunnel", "disabled"), agent("Routing", "Network: Native")):
        found = recognise(hosts(CILIUM, fact), ())
        assert (found.profile.name, found.profile.tunnels) == ("Cilium", ())
        assert "native routing" in found.words


def test_configuration_alone():
    """A config map without a device tells that it is Cilium."""
    found = recognise(hosts(setting("tunnel-protocol", "geneve")), ())
    assert (found.profile.name, found.confidence) == ("Cilium", "certain")


@pytest.mark.parametrize(
    ("devices", "key"),
    [
        (("cali1", "vxlan.calico"), "calico"),
        (("cali1", "tunl0"), "calico-ipip"),
        (("cali1", "wireguard.cali", "vxlan.calico"), "calico-wireguard"),
        (("cali1", "bpfin.cali", "vxlan.calico"), "calico-ebpf"),
        (("flannel.1", "cni0"), "flannel"),
    ],
)
def test_kind_by_device(devices, key):
    """The devices of a node tell which kind of Calico or flannel it is."""
    assert recognise(hosts(*(interface(NODE, name) for name in devices)), ()).profile.key == key


def test_calico_ebpf_by_setting():
    """The configuration tells the data plane where no device does."""
    fact = setting("FelixConfiguration.default.bpfEnabled", "true", "calico")
    assert recognise(hosts(interface(NODE, "cali1"), fact), ()).profile.key == "calico-ebpf"


@pytest.mark.parametrize("name", NAMED)
def test_every_name_is_taken(name):
    """Each key names its profile, for certain."""
    found = named(name)
    assert (found.profile.key, found.confidence) == (name, "certain")


def test_named_release():
    """Cilium takes a release, other networks have none."""
    assert named("cilium-legacy-host-routing@1.16").profile.falls_world == 2
    assert named("cilium@1.19").profile.since == (1, 19)
    for wrong in ("flannel@1.2", "cilium@new", "cilium@", "weave", ""):
        with pytest.raises(UsageError):
            named(wrong)
