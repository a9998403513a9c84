"""Does a whole sysdump name what the lab's own list of facts says, as a zip, unpacked and in parts?"""

from __future__ import annotations

import pytest

from tests.inventory.sysdump import STAMP, TOP, Sysdump
from tests.inventory.test_load import lay
from tests.inventory.truth import differences, expected, without
from vxlan_dissect.addresses import parse_ip, parse_mac, parse_prefix
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.model import (
    Agent,
    CacheEntry,
    CiliumEndpoint,
    Collected,
    Host,
    Hostname,
    Identity,
    Interface,
    NodeAddress,
    NodePrefix,
    Setting,
)
from vxlan_dissect.inventory.reading.collected import place_of

LABS = [("captures", "cilium-dbg"), ("captures", "cilium"), ("captures-versions", "cilium-dbg")]


@pytest.fixture(scope="module", params=LABS, ids=["-".join(each) for each in LABS])
def dump(request, shared_dir):
    """A sysdump of a lab, in the names of a version."""
    folder, tool = request.param
    if not (shared_dir / folder / "topology.json").is_file():
        pytest.skip("needs the facts of this lab beside the repository")
    return Sysdump(shared_dir / folder, tool=tool)


@pytest.fixture(scope="module", params=["zip", "unpacked"])
def loaded(request, dump, tmp_path_factory):
    """The sysdump, where it lies, and its inventory."""
    folder = tmp_path_factory.mktemp("sysdump")
    if request.param == "zip":
        path = folder / f"{TOP}.zip"
        path.write_bytes(dump.zip())
    else:
        path = lay(folder, dump.files()) / TOP
    return dump, path, Inventory.load(path)


def of(inventory, kind):
    """The facts of one kind, hosts settled."""
    return [fact for fact in inventory.facts if isinstance(fact, kind)]


def test_devices_of_nodes(loaded):
    """Each node has the devices, indexes and MACs that the lab's list has, and no others."""
    dump, _, inventory = loaded
    for node in dump.nodes.values():
        found = {
            (fact.name, fact.index, fact.mac)
            for fact in of(inventory, Interface)
            if fact.host == Host(node["name"]) and fact.source.why is None
        }
        expected = {(name, link["ifindex"], parse_mac(link["mac"])) for name, link in node["links"].items()}
        assert found == expected, node["name"]


def test_endpoints(loaded):
    """Each pod's endpoint has its addresses, both MACs, the index of its host end, its number and its identity."""
    dump, _, inventory = loaded
    endpoints = [fact for fact in of(inventory, CiliumEndpoint) if fact.mac is not None]
    for node, pod, name in dump.pods():
        for ip in (parse_ip(pod["ip"]), parse_ip(pod["ip6"])):
            here = [fact for fact in endpoints if ip in fact.ips]
            assert {fact.host.node for fact in here} == {node["name"]}
            assert {fact.id for fact in here} == {pod["endpoint_id"]}
            assert {fact.mac for fact in here} == {parse_mac(pod["eth0_mac"])}
            assert {fact.lxc_mac for fact in here} == {parse_mac(pod["lxc_mac"])}
            assert {fact.lxc_index for fact in here} == {pod["lxc_ifindex"]}
            if dump.tool == "cilium-dbg":
                assert {fact.identity for fact in here} == {pod["identity"]}
                assert {fact.lxc_name for fact in here} - {None} == {pod["lxc"]}
                assert {fact.pod for fact in here} - {None} == {name}


def test_who_has_an_address(loaded):
    """The MACs of a pod and of its host end, and both its addresses, are the pod's, and nobody else's."""
    dump, _, inventory = loaded
    for node, pod, name in dump.pods():
        host = Host(node["name"], name)
        assert {owner.host for owner in inventory.owners_of_mac(parse_mac(pod["eth0_mac"]))} == {host}
        assert {owner.serves for owner in inventory.owners_of_mac(parse_mac(pod["lxc_mac"]))} == {name}
        for ip in (pod["ip"], pod["ip6"]):
            assert inventory.owners_of_ip(parse_ip(ip))[0].host == host


def test_without_the_list_of_pods(dump, tmp_path):
    """Where the cluster's lists are missing, an agent's folder still belongs to the node that it calls itself."""
    files = {name: text for name, text in dump.files().items() if "/cmd/" in name}
    inventory = Inventory.load(lay(tmp_path, files) / TOP)
    assert {fact.host for fact in of(inventory, Interface)} == {Host(node["name"]) for node in dump.nodes.values()}


def test_what_agents_believe(loaded):
    """The ipcache of each node has every pod with its identity and the node that it is behind."""
    dump, _, inventory = loaded
    entries = {(fact.host.node, fact.prefix): fact for fact in of(inventory, CacheEntry)}
    assert len(entries) == 2 * len(dump.pods()) * len(dump.nodes)
    for node, pod, _ in dump.pods():
        for other in dump.nodes.values():
            entry = entries[other["name"], parse_prefix(pod["ip"])]
            assert entry.identity == pod["identity"]
            assert entry.tunnel_endpoint == (None if other is node else parse_ip(node["node_ip"]))
    assert {fact.number for fact in of(inventory, Identity)} == {1} | {pod["identity"] for _, pod, _ in dump.pods()}


def test_nodes(loaded):
    """The nodes are those of the lab, each with its pods' ranges; the agents' folders name none."""
    dump, _, inventory = loaded
    names = {node["name"] for node in dump.nodes.values()}
    assert set(inventory.node_names()) == names
    ranges = {(fact.node, str(fact.prefix)) for fact in of(inventory, NodePrefix)}
    assert ranges == {(node["name"], node[name]) for node in dump.nodes.values() for name in ("pod_cidr", "pod_cidr6")}
    routers = {(fact.node, str(fact.ip)) for fact in of(inventory, NodeAddress) if fact.kind == "router"}
    assert routers == {
        (node["name"], node[name]) for node in dump.nodes.values() for name in ("router_ip", "router_ip6")
    }
    assert {fact.value for fact in of(inventory, Setting) if fact.key == "tunnel-protocol"} == {"vxlan"}
    assert {fact.host.node for fact in of(inventory, Agent)} == names
    assert {fact.host for fact in of(inventory, Hostname)} <= {Host(name) for name in names}


def test_when_it_was(loaded):
    """The time is the one that the agents say, with its zone, and holds for the whole sysdump."""
    _, path, inventory = loaded
    told = {fact.scope.removeprefix(str(path)).strip("/") for fact in of(inventory, Collected)}
    times = {1709543460000000000}  # 2024-03-04T09:11:00Z, the last probe of health
    if path.suffix == ".zip":
        times.add(1709543472000000000)  # 09:11:12Z, in the name of an agent's archive
    assert {fact.time for fact in of(inventory, Collected)} == times
    assert told <= {"", TOP}


def test_what_is_left_out(loaded):
    """Files that say nothing of hosts are counted by kind, in a few notes, and no line is called unknown."""
    dump, _, inventory = loaded
    assert {note.kind for note in inventory.notes} == {"skipped"}
    counts = {note.why.removeprefix("not read: ").rpartition(": ")[0]: note.count for note in inventory.notes}
    nodes = len(dump.nodes)
    assert counts["logs"] == 3
    assert counts["flows"] == 1
    assert counts["outputs of commands that failed"] == nodes
    assert counts["configurations of the kernel and states of the agent"] == 2 * nodes
    assert counts["outputs of commands that say nothing of hosts"] >= 2 * nodes
    assert len(inventory.notes) < 12


def test_one_agent_alone(dump, tmp_path):
    """The folder of one agent given by itself is that agent's, also below a folder of another name."""
    node = next(iter(dump.nodes.values()))
    agent = dump.agent(node)
    folder = lay(tmp_path / f"cilium-bugtool-{agent}-{STAMP}", dump.bugtool(node))
    for path in (folder, folder / "cmd", folder / "cmd" / "ip-a.md"):
        hosts = {fact.host for fact in of(Inventory.load(path), Interface)}
        assert len(hosts) == 1
        assert hosts <= {Host(None, agent), Host(node["name"])}


@pytest.mark.parametrize(
    ("folders", "base", "host", "time"),
    [
        (("cilium-sysdump-20240304-101112",), "k8s-pods-20240304-101112.yaml", Host(None), None),
        (("cilium-sysdump-20240304-101112", "worker"), "ip-a.txt", Host("worker"), None),
        (
            ("my-dump", "cilium-bugtool-cilium-7t9p4-20240304-101112", "cmd"),
            "ip-a.md",
            Host(None, "cilium-7t9p4"),
            None,
        ),
        (("my-dump",), "k8s-pods-20240304-101112.yaml", Host(None), None),
        (("my-dump",), "logs-cilium-7t9p4-cilium-agent-20240304-101112-prev.log", Host(None), None),
        (
            ("cilium-bugtool-20240304-101112.123+0100-CET-2437", "cmd"),
            "ip-a.md",
            Host(None, "cilium-bugtool-20240304-101112.123+0100-CET-2437"),
            1709543472000000000,  # 09:11:12 UTC
        ),
        (
            ("agent-1-cilium-bugtool-20240304-101112-0000-UTC-2437.tar",),
            "ip-a.md",
            Host(None, "agent-1"),
            1709547072000000000,
        ),
        (("cap-node-7-20240304101112UTC.tar.gz",), "ip-resources.txt", Host("cap-node-7"), 1709547072000000000),
    ],
)
def test_places(folders, base, host, time):
    """A name in its whole form says whose a file is and, where it has a zone, when it was gathered."""
    place = place_of(folders, base)
    assert (place.host, place.time) == (host, time)


@pytest.mark.parametrize(
    ("folders", "base"),
    [
        (("worker",), "ip-a-20240304-101112.txt"),
        (("worker",), "cilium-status-20240304-101112.txt"),
        (("cilium-sysdump-notes",), "ip-a.txt"),
        (("20240304101112UTC",), "ip-a.txt"),
        ((), "ip-a.txt"),
    ],
)
def test_no_place(folders, base):
    """A name that is nearly one of a collector's is a user's own."""
    assert place_of(folders, base) is None


def test_the_graph_is_that_of_the_lab(loaded):
    """A sysdump gives the graph that topology.json says, but for what only a pod itself could say; and its agents."""
    dump, _, inventory = loaded
    truth = without(expected(dump.topology), dump.topology["underlay"]["netns"])
    absent = set()
    for node, pod, name in dump.pods():
        device = f"{node['name']}/{name} eth0"
        absent |= {f"{device} has index None, and should have {pod['eth0_ifindex']}"}
        absent |= {f"{device} has mtu None, and should have {pod['mtu']}"}
        for address in pod["link_local"]:
            ip, length = address.split("/")
            absent |= {f"{ip} is missing: {{'kind': 'address'}}"}
            absent |= {f"('{device}', '{ip}', 'holds') is missing: {{'length': {length}}}"}
        for gateway in (pod["gateway"], pod["gateway6"]):
            absent |= {f"('{device}', '{gateway}', 'routes-to') is missing: {{'prefixes': {{'default'}}}}"}
    for node in dump.nodes.values():
        agent = f"{node['name']}/{dump.agent(node)}"
        absent |= {f"{agent} is too much: pod", f"('{agent}', '{node['name']}', 'runs-on') is too much: runs-on"}
    assert set(differences(inventory.graph, truth)) == absent
