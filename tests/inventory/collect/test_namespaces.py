"""Is what real hosts print read back? A node and its pods are network namespaces that the test makes."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from tests.inventory.collect import standin
from vxlan_dissect.addresses import parse_ip, parse_mac
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.collect.folder import Folder
from vxlan_dissect.inventory.collect.live import Collection, Options
from vxlan_dissect.inventory.collect.script import script
from vxlan_dissect.inventory.model import Address, Host, Interface, Neighbour, Route

PODS = {"web": ("4e:5b:57:45:63:3b", "a2:79:14:47:80:b3", "10.244.1.10", "fd00:10:244:1::a")} | {
    "db": ("4e:5b:57:45:63:4c", "a2:79:14:47:80:c4", "10.244.1.11", "fd00:10:244:1::b")
}
ROUTER = "10.244.1.1"
PEER = "66:00:00:00:00:02"
FAR = "fd00:10:244:2::/64"


@pytest.fixture(scope="module")
def lab():
    """A node with a bridge, a VXLAN device and two pods; gives a function from a host's name to its namespace's."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("needs root and iproute2 to make network namespaces")

    def namespace(name):
        return f"vxd{os.getpid()}-{name}"

    def ip(host, *words, check=True):
        return subprocess.run(["ip", "-n", namespace(host), *words], check=check, capture_output=True, text=True)

    made = [
        host for host in ("worker", *PODS) if not subprocess.run(["ip", "netns", "add", namespace(host)]).returncode
    ]
    try:
        # With a MAC of its own, else it takes that of a member.
        bridge = "link add cni0 address 0a:58:0a:f4:01:01 type bridge".split()
        if made != ["worker", *PODS] or ip("worker", *bridge, check=False).returncode:
            pytest.skip("needs a kernel that allows network namespaces and bridges")
        ip("worker", "addr", "add", f"{ROUTER}/24", "dev", "cni0")
        ip("worker", "link", "set", "cni0", "up")
        vxlan = "link add flannel.1 type vxlan id 1 dstport 8472 nolearning dev cni0".split()
        if ip("worker", *vxlan, check=False).returncode:
            pytest.skip("needs a kernel with VXLAN")
        ip("worker", "link", "set", "flannel.1", "address", "66:00:00:00:00:01", "up")
        for pod, (mac, lxc, ip4, ip6) in PODS.items():
            ends = ["veth", "peer", "name", "eth0", "address", mac, "netns", namespace(pod)]
            ip("worker", "link", "add", f"lxc-{pod}", "address", lxc, "type", *ends)
            ip("worker", "link", "set", f"lxc-{pod}", "master", "cni0", "up")
            ip(pod, "link", "set", "eth0", "up")
            ip(pod, "addr", "add", f"{ip4}/24", "dev", "eth0")
            ip(pod, "addr", "add", f"{ip6}/64", "dev", "eth0", "nodad")
            ip(pod, "route", "add", "default", "via", ROUTER)
            ip(pod, "neigh", "replace", "fd00:10:244:1::1", "lladdr", lxc, "dev", "eth0", "nud", "permanent")
        ip("worker", "-6", "route", "add", FAR, "dev", "flannel.1")
        entry = ["fdb", "append", PEER, "dev", "flannel.1", "dst", "192.0.2.2", "self", "permanent"]
        subprocess.run(["bridge", "-n", namespace("worker"), *entry], check=True)
        ip("worker", "neigh", "add", "proxy", "fd00:10:244:1::1", "dev", "cni0")
        yield namespace
    finally:
        for host in made:
            subprocess.run(["ip", "netns", "del", namespace(host)])


def check_node(inventory, folder):
    """What the node's files must tell."""
    node = Host("worker")
    links = {fact.name: fact for fact in inventory.facts if isinstance(fact, Interface) and fact.host == node}
    assert set(links) == {"lo", "cni0", "flannel.1", *(f"lxc-{pod}" for pod in PODS)}
    assert (links["flannel.1"].kind, links["flannel.1"].vni, links["flannel.1"].port) == ("vxlan", 1, 8472)
    assert links["lxc-web"].master == "cni0"
    routes = {str(fact.prefix) for fact in inventory.facts if isinstance(fact, Route) and fact.host == node}
    assert {FAR, "10.244.1.0/24"} <= routes
    assert "ip-j-neigh-show-proxy.json" in {path.name for path in (folder / "worker").iterdir()}
    assert "fd00:10:244:1::1" in (folder / "worker" / "ip-j-neigh-show-proxy.json").read_text(encoding="utf-8")
    assert '"priority"' in (folder / "worker" / "ip-j-6-rule.json").read_text(encoding="utf-8")
    assert PEER in (folder / "worker" / "bridge-j-fdb.json").read_text(encoding="utf-8")


def check_pods(inventory):
    """Each pod's addresses, and the host end of its veth pair on the node."""
    for pod, (mac, lxc, ip4, ip6) in PODS.items():
        for owner in (inventory.owners_of_mac(parse_mac(mac))[0], inventory.owners_of_ip(parse_ip(ip6))[0]):
            assert (owner.node, owner.pod, owner.interface, owner.confidence) == ("worker", pod, "eth0", "certain")
        end = inventory.owners_of_mac(parse_mac(lxc))[0]
        assert (end.node, end.interface, end.what, end.serves) == ("worker", f"lxc-{pod}", "lxc", pod)
        held = {str(fact.ip) for fact in inventory.facts if isinstance(fact, Address) and fact.host.pod == pod}
        assert {ip4, ip6} <= held
        known = {
            (str(fact.ip), fact.mac) for fact in inventory.facts if isinstance(fact, Neighbour) and fact.host.pod == pod
        }
        assert ("fd00:10:244:1::1", parse_mac(lxc)) in known
    assert inventory.conflicts == ()


def test_through_kubectl(lab, tmp_path):
    """A stand-in whose exec enters the namespaces gives an inventory with every veth pair."""
    kubectl = standin.write(tmp_path / "bin")
    rows = [("kube-system", "flannel-x", "worker", True, "kube-flannel")]
    rows += [("default", pod, "worker", False, "app") for pod in PODS]
    kubectl.pods(*rows)
    for namespace, name, *_ in rows:
        host = "worker" if name == "flannel-x" else name
        kubectl.table["pods"][f"{namespace}/{name}"] = {"*": {"run": ["ip", "netns", "exec", lab(host)]}}
    folder = Folder(str(tmp_path / "out"), force=False)
    result = Collection(folder, Options((kubectl.save(),)), lambda *_: None).collect()
    assert [one for one in result.missing if one.failed and one.what.startswith("ip ")] == []
    inventory = Inventory.load(tmp_path / "out")
    check_node(inventory, tmp_path / "out")
    check_pods(inventory)


@pytest.fixture
def gathered(lab, tmp_path):
    """Run the script for a host in each namespace, in pods by the shell given.

    Gives the folder of the node, into which those of the pods were put. `tools` comes first in the pods' PATH.
    """

    def gathered(*pod_shell, tools=None):
        if shutil.which(pod_shell[0]) is None:
            pytest.skip(f"needs {pod_shell[0]}")
        (tmp_path / "host.sh").write_text(script("vxd test", host=True), encoding="utf-8")
        out = tmp_path / "out-worker"
        for host in ("worker", *PODS):
            shell = pod_shell if host in PODS else ("sh",)
            path = f"{tools}{os.pathsep}{os.environ['PATH']}" if tools and host in PODS else os.environ["PATH"]
            done = subprocess.run(
                [shutil.which("ip"), "netns", "exec", lab(host), *shell, tmp_path / "host.sh", f"out-{host}"],
                cwd=tmp_path,
                env=os.environ | {"NODE": host, "PATH": path},
                capture_output=True,
                text=True,
                timeout=60,
            )
            assert done.returncode in {0, 1}, done.stderr
            assert (tmp_path / f"out-{host}.tar").exists()
            if host in PODS:
                shutil.move(tmp_path / f"out-{host}" / host, out / "worker" / f"pod-{host}")
        return out

    return gathered


def test_by_the_script_of_a_host(gathered):
    """The script for a host tells the node and, run in pods, each pod; filters are asked for where they matter."""
    out = gathered("dash")
    inventory = Inventory.load(out)
    check_node(inventory, out)
    check_pods(inventory)
    filters = sorted(path.name for path in (out / "worker").glob("tc-*"))
    assert filters == [
        f"tc-filter-show-dev-{name}-{way}.txt" for name in ("cni0", "flannel.1") for way in ("egress", "ingress")
    ]


def test_by_a_shell_that_has_an_ip_of_its_own(gathered, tmp_path):
    """BusyBox's own `ip` in pods knows no JSON and no details: its text is kept, and pairs with the node's veth."""
    busybox = shutil.which("busybox")
    if (
        busybox is None
        or "ip" not in subprocess.run([busybox, "--list"], capture_output=True, text=True).stdout.split()
    ):
        pytest.skip("needs busybox with an ip")
    tools = tmp_path / "tools"  # not every build has its shell prefer its own commands
    tools.mkdir()
    (tools / "ip").symlink_to(busybox)
    out = gathered("busybox", "sh", tools=tools)
    assert {path.name for path in (out / "worker" / "pod-web").iterdir()} >= {"ip-address.txt", "ip-6-route.txt"}
    check_pods(Inventory.load(out))
