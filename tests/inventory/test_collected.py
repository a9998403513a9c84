"""Is what Retina and Kubeshark put beside a capture read, and given to the right node?"""

from __future__ import annotations

import json

from tests.inventory.archives import tarred
from tests.inventory.test_load import LINK, PODS, lay
from vxlan_dissect.addresses import parse_ip
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.model import Collected, Host, Name

DEVICES = json.dumps(
    [{"ifindex": 2, "ifname": "eth0", "flags": ["UP"], "address": "02:00:00:00:00:02", "addr_info": []}]
)
NEIGHBOURS = json.dumps([{"dst": "10.0.0.1", "dev": "eth0", "lladdr": "02:00:00:00:00:01", "state": ["STALE"]}])
# As processMetadataFile of retina, pkg/capture/provider/network_capture_unix.go, writes it.
RESOURCES = f"""Summary:

/sbin/ip -d -j addr show(IP address configuration)
/sbin/ip -d -j neighbor show(IP neighbor status)
/sbin/ip rule list(Policy routing list)
/sbin/ip route show table all(Routes of all route tables)

Execute:

/sbin/ip -d -j addr show

{DEVICES}
/sbin/ip -d -j neighbor show

{NEIGHBOURS}
/sbin/ip route show table all

default via 10.0.0.1 dev eth0 proto dhcp metric 100
10.244.2.0/24 via 10.0.0.8 dev eth0 table 100
"""
CAPTURE = "retina-capture-node-7-20240304101112UTC"


def test_the_metadata_of_retina(tmp_path):
    """The tarball of a node is that node's, if another file names it; counters of the kernel are left out."""
    files = {
        "ip-resources.txt": RESOURCES,
        "socket-stats.txt": "Summary:\n",
        f"{CAPTURE}.pcap": b"\xd4\xc3\xb2\xa1\2\0\4\0",
        "proc-net/dev": "eth0: 1 2 3\n",
        "proc-sys-net/core/somaxconn": "4096\n",
    }
    folder = lay(tmp_path / "in", {f"{CAPTURE}.tar.gz": tarred(files), "kubectl-get-pods-o-wide.txt": PODS})
    inventory = Inventory.load(folder)
    assert [(fact.host, fact.name) for fact in inventory.interfaces] == [(Host("node-7"), "eth0")]
    assert [fact.host for fact in inventory.neighbours] == [Host("node-7")]
    assert {(fact.host, fact.table) for fact in inventory.routes} == {(Host("node-7"), None), (Host("node-7"), "100")}
    assert inventory.node_names() == ("node-7",)
    assert [fact.time for fact in inventory.facts if isinstance(fact, Collected)] == [1709547072000000000]
    assert {note.count for note in inventory.notes if "counters and settings" in note.why} == {2}


def test_a_node_that_nobody_names(tmp_path):
    """Where no node of that name is known, the whole name stands, and a note says so."""
    inventory = Inventory.load(lay(tmp_path / "x", {f"{CAPTURE}/ip-resources.txt": RESOURCES}))
    assert inventory.hosts() == (Host("retina-capture-node-7"),)
    assert any("no node is known whose name" in note.why for note in inventory.notes)


def test_the_names_of_kubeshark(tmp_path):
    """The history of names that lies beside an exported capture is read from its archive."""
    history = {
        "1709546400": {"10.244.1.8": {"FullAddress": "web.shop", "Namespace": "shop"}},
        "1709550000": {"10.244.1.8": {"FullAddress": "db.shop", "Namespace": "shop"}},
    }
    files = {"node-7/name_resolution_history.json": json.dumps(history), "node-7/ip-a.txt": LINK}
    path = tmp_path / "kubeshark_1709550000.tar.gz"
    path.write_bytes(tarred(files))
    names = [fact for fact in Inventory.load(path).facts if isinstance(fact, Name)]
    assert [(fact.ip, fact.name, fact.since // 10**9, (fact.until or 0) // 10**9) for fact in names] == [
        (parse_ip("10.244.1.8"), "web.shop", 1709546400, 1709550000),
        (parse_ip("10.244.1.8"), "db.shop", 1709550000, 0),
    ]
