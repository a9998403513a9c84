"""Are the commands and values of a Cilium agent understood in the forms of all versions?"""

from __future__ import annotations

import time

import pytest

from tests.inventory.facts import at, numbered
from vxlan_dissect.addresses import parse_ip, parse_prefix
from vxlan_dissect.inventory.model import Host
from vxlan_dissect.inventory.sources import cilium_connections, cilium_map_json, cilium_values, objects, source_of

NODE = Host("worker")


@pytest.mark.parametrize(
    ("command", "words", "json"),
    [
        ("cilium status", ("status",), False),
        ("cilium-dbg status --verbose", ("status",), False),
        ("/usr/bin/cilium-dbg bpf endpoint ls -o json", ("bpf", "endpoint", "list"), True),
        ("cilium-dbg ip list -n --output=json", ("ip", "list"), True),
        ("cilium endpoint list -ojson", ("endpoint", "list"), True),
        ("cilium -H unix:///x endpoint list -o jsonpath={.id}", ("endpoint", "list"), True),
        ("cilium endpoint list o json", ("endpoint", "list"), True),
        ("cilium-health status", ("cilium-health", "status"), False),
        ("cilium-dbg endpoint list -o", ("endpoint", "list"), False),
    ],
)
def test_commands(command, words, json):
    """The agent's commands are known by their words, with options anywhere and in each way to write them."""
    assert cilium_values.agent_command(command) == (words, json)


@pytest.mark.parametrize("command", ["", None, "ciliumnodes list", "kubectl get pods", "cilium-agent status"])
def test_other_commands(command):
    """What is no command of the agent's tools is none."""
    assert cilium_values.agent_command(command) is None


@pytest.mark.parametrize(
    "command", ["cilium-dbg bpf policy get", "cilium-dbg map events cilium_lxc -o json", "cilium-dbg fqdn cache list"]
)
def test_commands_that_nobody_reads(command):
    """A command whose output says nothing of hosts has no source."""
    assert source_of(command) is None


@pytest.mark.parametrize(
    ("text", "ip", "port", "protocol"),
    [
        ("10.96.0.1:443", "10.96.0.1", 443, None),
        ("10.96.0.1:443/TCP/i", "10.96.0.1", 443, "TCP"),
        ("[fd00::1]:53/UDP", "fd00::1", 53, "UDP"),
        ("fd00::1:8080", "fd00::1", 8080, None),
    ],
)
def test_addresses_with_ports(text, ip, port, protocol):
    """The last colon parts an address from its port, with brackets or without."""
    assert cilium_values.address_port(text) == (parse_ip(ip), port, protocol)


@pytest.mark.parametrize(
    "text", ["10.96.0.1", "10.96.0.1:65536", "10.96.0.1:", ":80", "a.b:80", "[fd00::1]", "1" * 400]
)
def test_what_is_no_address_with_a_port(text):
    """A text without both is none."""
    assert cilium_values.address_port(text) is None


@pytest.mark.parametrize(
    ("key", "bare"),
    [
        ("10.244.3.123:0", "10.244.3.123"),
        ("fd00:10:244:3::7b:0", "fd00:10:244:3::7b"),
        ("fd00:10:244:3:::0", "fd00:10:244:3::"),
        ("10.244.1.1/32@2", "10.244.1.1/32"),
        ("fd00::/64", "fd00::/64"),
        ("10.15.117.125", "10.15.117.125"),
    ],
)
def test_keys_without_their_cluster(key, bare):
    """The cluster's id behind an address is taken off, and nothing of the address."""
    assert cilium_values.without_cluster(key) == bare


def test_a_full_address_keeps_its_last_group():
    """`fd00::1:2:3:4:5:6` ends in a group, not in a cluster's id, where eight groups are written out."""
    assert cilium_values.without_cluster("fd00:1:2:3:4:5:6:7") == "fd00:1:2:3:4:5:6:7"
    assert cilium_values.without_cluster("fd00:1:2:3:4:5:6:7:0") == "fd00:1:2:3:4:5:6:7"


def test_an_entry_of_the_ipcache_has_no_cluster_id_behind_a_colon():
    """A range of the ipcache may end in a group that looks like an id."""
    entry = cilium_values.cache_entry(NODE, at(1), "fd00:10:244::1:0/128", "identity=4 encryptkey=0 tunnelendpoint=::")
    assert entry.prefix == parse_prefix("fd00:10:244::1:0/128")
    assert entry.tunnel_endpoint is None


def test_connections_are_bounded(monkeypatch):
    """Of a map with more entries than are kept the rest is counted in one note."""
    monkeypatch.setattr(cilium_connections, "MOST_ENTRIES", 3)
    lines = [f"TCP OUT 10.0.0.1:{port} -> 10.0.0.2:80 expires=1 RxPackets=1" for port in range(1000, 1010)]
    parsed = cilium_connections.parse(numbered(lines), NODE, "ct.md")
    assert [fact.source_port for fact in parsed.facts] == [1000, 1001, 1002]
    assert [(note.kind, note.count) for note in parsed.notes] == [("skipped", 7)]
    assert parsed.rest == []


def test_a_large_map_is_read_once():
    """The lines of fifty thousand keys of one object are found in one pass."""
    entries = ",\n".join(
        f'"10.{n >> 16}.{n >> 8 & 255}.{n & 255}/32": ["identity=7 encryptkey=0 tunnelendpoint=0.0.0.0"]'
        for n in range(50_000)
    )
    start = time.perf_counter()
    parsed = objects.parse_text("{\n" + entries + "\n}", NODE, "m.md", "cilium bpf ipcache list -o json")
    assert time.perf_counter() - start < 10
    assert [fact.source.line for fact in parsed.facts] == list(range(2, 50_002))


def test_objects_that_are_no_maps():
    """An object of other lists of strings is not taken for a map."""
    assert not cilium_map_json.takes({"labels": ["k8s:app=web"]})
    assert not cilium_map_json.takes({"10.0.0.1": ["web.shop"]})
    assert not cilium_map_json.takes({"10.0.0.1": "web"})
