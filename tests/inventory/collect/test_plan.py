"""Are the commands such that a reader finds them again, and such that they only read?"""

from __future__ import annotations

import pytest

from vxlan_dissect.inventory.collect import plan
from vxlan_dissect.inventory.collect.hosts import Pod, containers, devices, pod_of, rank
from vxlan_dissect.inventory.sources.base import command_of_file, ip_command, kubectl_get

OF_IP = [query for query in (plan.ADDRESS, *plan.POD, *plan.NODE) if query.words[0] == "ip"]
OBJECTS = [query for query in (*plan.CLUSTER, *plan.RESOURCES) if "." not in query.words[2]]


@pytest.mark.parametrize("query", [*OF_IP, *(query.plain() for query in OF_IP)], ids=str)
def test_a_file_name_gives_the_command_of_ip_back(query):
    """The loader takes the command from the name of the file."""
    assert command_of_file(query.file) == " ".join(query.words)
    said = ip_command(" ".join(query.words))
    assert said is None or said.json == query.file.endswith(".json")


@pytest.mark.parametrize("query", OBJECTS, ids=str)
def test_a_file_name_gives_the_command_of_kubectl_back(query):
    """The same for the objects of the cluster."""
    assert command_of_file(query.file) == " ".join(query.words)
    assert kubectl_get(" ".join(query.words)).output == ("json" if query.form == "json" else "wide")


def test_an_answer_of_one_namespace_has_a_file_of_its_own():
    """The namespace stands in place of -A."""
    query = plan.in_namespace(plan.CLUSTER[0], "shop")
    assert " ".join(query.words) == "kubectl get pods -n shop -o json"
    assert query.file == "kubectl-get-pods-n-shop-o-json.json"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("a b node true Running c,d", Pod("a", "b", "node", True, ("c", "d"))),
        ("a b node <none> Running c", Pod("a", "b", "node", False, ("c",))),
        ("a b node <none> Succeeded c", None),
        ("a b <none> <none> Pending c", None),
        ("", None),
        ("a b node <none> Running", "not a line of the table that was asked for"),
        ("a b ../node <none> Running c", "not a name that Kubernetes allows"),
        ("a b node <none> Running c,", "not a name that Kubernetes allows"),
    ],
)
def test_lines_of_pods(line, found):
    """A pod that runs, nothing for one that does not, and a reason for a line that is none."""
    assert pod_of(line) == found


def test_agents_are_asked_first():
    """Of the pods on a node's network Cilium's speaks first, and of its containers the agent."""
    names = {"other": ("a",), "proxy": ("kube-proxy",), "cilium": ("a", "cilium-agent"), "flannel": ("kube-flannel",)}
    pods = [Pod("x", name, "n", True, own) for name, own in names.items()]
    assert [pod.name for pod in sorted(pods, key=rank)] == ["cilium", "flannel", "proxy", "other"]
    assert containers(pods[2]) == ["cilium-agent", "a"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('[{"ifname": "eth0", "addr_info": [{"scope": "link"}, {"scope": "global"}]}]', ["eth0"]),
        ('[{"ifname": "lxc1", "linkinfo": {"info_kind": "veth"}, "addr_info": [{"scope": "link"}]}]', []),
        ('[{"ifname": "v", "linkinfo": {"info_kind": "vxlan"}, "addr_info": []}]', ["v"]),
        ('[{"ifname": "lo", "flags": ["LOOPBACK"], "addr_info": [{"scope": "global"}]}]', []),
        ('[{"ifname": "-x", "linkinfo": {"info_kind": "vxlan"}}]', []),
        ('[{"ifname": "a/b", "linkinfo": {"info_kind": "vxlan"}}]', []),
        ('[{}, 1, {"ifname": 1, "flags": 1, "linkinfo": 1, "addr_info": 1}, {"ifname": "x", "addr_info": [1]}]', []),
        ('[{"ifname": ["x"], "linkinfo": {"info_kind": "vxlan"}}, {"ifname": "y", "linkinfo": {"info_kind": []}}]', []),
        ("{}", []),
        ("[", []),
        ("[" * 100_000, []),
    ],
)  # fmt: skip
def test_devices_that_are_asked_for(tmp_path, text, found):
    """Tunnels and those with a global address, by names that words can carry; whatever stands there, no more."""
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    assert devices(str(tmp_path / "a.json")) == found


def test_many_devices_are_bounded(tmp_path):
    """A node with thousands of addresses is asked about some."""
    links = ",".join(f'{{"ifname": "e{number}", "addr_info": [{{"scope": "global"}}]}}' for number in range(5000))
    (tmp_path / "a.json").write_text(f"[{links}]", encoding="utf-8")
    assert devices(str(tmp_path / "a.json")) == [f"e{number}" for number in range(plan.MOST_DEVICES)]
    assert devices(str(tmp_path / "none")) == []
