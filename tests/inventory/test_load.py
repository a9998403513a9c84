"""Are files and folders read as the documentation says, and is bad input refused without harm?"""

from __future__ import annotations

import json
import os
import time

import pytest

from vxlan_dissect.errors import InventoryError
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.model import Host, Interface, Node
from vxlan_dissect.inventory.reading import files, load

LINK = "2: eth0@if6: <BROADCAST,UP> mtu 1500 state UP\n    link/ether 02:00:00:00:00:02 brd ff:ff:ff:ff:ff:ff\n"
PODS = "NAME READY STATUS RESTARTS AGE IP NODE\nweb-1 1/1 Running 0 1m 10.0.0.9 node-7\n"


def lay(folder, files):
    """Write a folder of files from a dict of paths and texts."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def kinds(inventory):
    """The file name and kind of every note."""
    return [(note.file.rpartition("/")[2], note.kind) for note in inventory.notes]


def test_nothing():
    """An inventory of nothing is valid, and answers that nothing is known."""
    inventory = Inventory.load()
    assert not inventory
    assert inventory.owners_of_mac(2) == inventory.hosts() == inventory.gateways(6) == ()
    assert inventory.node_of_pod("x") is inventory.lxc_of_pod("x") is None


def test_hosts_of_a_folder(tmp_path):
    """The folders that a file lies in tell its host."""
    folder = lay(
        tmp_path / "inventory",
        {
            "node-7/ip-a-l.txt": LINK,
            "node-7/pod-web-1/ip-a-l.txt": LINK,
            "pod-web-2/ip-a-l.txt": LINK,
            "rack/node-8/ip-a.txt": LINK,
            "rack/node-8/pod-web-3/deep/ip-a.txt": LINK,
        },
    )
    inventory = Inventory.load(folder)
    assert [
        (fact.source.file[len(str(tmp_path)) + 11 :], fact.host)
        for fact in inventory.facts
        if isinstance(fact, Interface)
    ] == [
        ("node-7/ip-a-l.txt", Host("node-7")),
        ("node-7/pod-web-1/ip-a-l.txt", Host("node-7", "web-1")),
        ("pod-web-2/ip-a-l.txt", Host(None, "web-2")),
        ("rack/node-8/ip-a.txt", Host("node-8")),
        ("rack/node-8/pod-web-3/deep/ip-a.txt", Host("deep")),
    ]
    assert inventory.node_names() == ("deep", "node-7", "node-8")


def test_a_host_s_own_folder(tmp_path):
    """A folder that holds a host's outputs itself is the host's, unless it also holds other nodes' folders."""
    lay(tmp_path, {"node-7/ip-a-l.txt": LINK, "node-7/pod-web-1/ip-a-l.txt": LINK, "pod-web-2/ip-a.txt": LINK})
    assert Inventory.load(tmp_path / "node-7").hosts() == (Host("node-7"), Host("node-7", "web-1"))
    assert Inventory.load(f"{tmp_path}/node-7/").hosts() == (Host("node-7"), Host("node-7", "web-1"))
    assert Inventory.load(tmp_path / "pod-web-2").hosts() == (Host(None, "web-2"),)
    lay(tmp_path, {"ip-a.txt": LINK})
    assert Host(None) in Inventory.load(tmp_path).hosts()


def test_single_files(tmp_path, monkeypatch):
    """A single file is nobody's, whatever its folder is called, except a pod's folder; the name is cited as given."""
    lay(tmp_path, {"node-7/ip-a-l.txt": LINK, "node-7/pod-web-1/ip-a-l.txt": LINK})
    monkeypatch.chdir(tmp_path)
    inventory = Inventory.load("node-7/ip-a-l.txt")
    assert inventory.hosts() == (Host(None),)
    assert str(inventory.interfaces[0].source) == "node-7/ip-a-l.txt:2"
    assert Inventory.load("node-7/pod-web-1/ip-a-l.txt").hosts() == (Host(None, "web-1"),)


def test_files_together(tmp_path):
    """The pods' nodes come from whichever file knows them, and a session's wrapper finds hosts that others name."""
    lay(
        tmp_path,
        {
            "a.txt": "root@admin:~# lo node-7 ip a\n" + LINK,
            "b.txt": "web-1~$ ip a\n" + LINK,
            "kubectl-get-pods-o-wide.txt": PODS,
        },
    )
    inventory = Inventory.load(tmp_path / "a.txt", tmp_path / "b.txt", tmp_path / "kubectl-get-pods-o-wide.txt")
    assert inventory.hosts() == (Host("node-7"), Host("node-7", "web-1"))
    assert inventory.node_of_pod("web-1") == "node-7"


def test_names_of_files_that_name_hosts(tmp_path):
    """A host may stand in a file's name, before the command, where folders do not name it."""
    lay(
        tmp_path,
        {
            "node-7.ip-a.txt": LINK,
            "node-7.pod-web-1.ip-a.txt": LINK,
            "pod-web-2.ip-a.txt": LINK,
            "node-7.example.com.ip-d-link.md": LINK,
        },
    )
    hosts = Inventory.load(tmp_path).hosts()
    assert set(hosts) == {Host("node-7"), Host("node-7", "web-1"), Host(None, "web-2"), Host("node-7.example.com")}


def test_a_node_folder_with_the_name_of_a_pod(tmp_path):
    """A folder of a node stays a node's, though a pod has the same name."""
    lay(tmp_path, {"web-1/ip-a.txt": LINK, "pods.txt": PODS})
    inventory = Inventory.load(tmp_path)
    assert Host("web-1") in inventory.hosts()
    assert Node("web-1", inventory.interfaces[0].source) in inventory.facts


def test_what_the_content_tells(tmp_path):
    """A name that says nothing, or the wrong thing, leaves the decision to the content."""
    lay(
        tmp_path, {"n/output": LINK, "n/ip-r-s.txt": LINK, "n/pretty.json": json.dumps([{"ifname": "lo", "flags": []}])}
    )
    inventory = Inventory.load(tmp_path)
    assert [(fact.host, fact.name) for fact in inventory.interfaces] == [(Host("n"), "eth0"), (Host("n"), "lo")]
    assert len(inventory.sources_of(inventory.interfaces[0])) == 2


def test_text_is_cited_before_json(tmp_path):
    """What text and JSON both say is cited by the text's line, where a reader finds it."""
    device = {"ifname": "eth0", "ifindex": 2, "link_index": 6, "flags": [], "address": "02:00:00:00:00:02"}
    lay(tmp_path, {"n/ip-d-j-link.txt": json.dumps([device]), "n/ip-s-link.txt": LINK})
    interface = Inventory.load(tmp_path).interfaces[0]
    assert (interface.source.file.rpartition("/")[2], interface.source.line) == ("ip-s-link.txt", 2)


def test_files_that_are_no_source(tmp_path):
    """Files that say nothing of hosts are noted, and nothing of them is read."""
    lay(
        tmp_path,
        {
            "n/ip-a.txt": LINK,
            "n/README.md": LINK,
            "n/sysctl-net.txt": "net.ipv4.ip_forward = 1\n",
            "scenario.json": '{"points": []}',
            "notes.json": '{"colour": "eth0", "flags": []}',
            "capture.pcap": b"\xd4\xc3\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00",
            ".hidden": LINK,
        },
    )
    inventory = Inventory.load(tmp_path)
    assert len(inventory.interfaces) == 1
    assert sorted(kinds(inventory)) == [
        (".hidden", "skipped"),
        ("README.md", "not-a-source"),
        ("capture.pcap", "not-a-source"),
        ("notes.json", "not-a-source"),
        ("scenario.json", "not-a-source"),
        ("sysctl-net.txt", "not-a-source"),
    ]


def test_unknown_lines_are_counted(tmp_path):
    """Lines that no grammar knows are noted with their number, and above a hundred they are counted."""
    lay(tmp_path, {"n/ip-a.txt": LINK + "Device gone.\n" * 150})
    notes = Inventory.load(tmp_path).notes
    assert [note.line for note in notes] == list(range(3, 104))
    assert str(notes[0]).endswith("n/ip-a.txt:3: unknown line: 'Device gone.'")
    assert notes[-1].why == "50 more notes on this file"


def test_broken_json(tmp_path):
    """JSON that breaks off is noted with its line, and what stood before it is read, as are the other files."""
    lay(tmp_path, {"n/ip-j-addr.txt": '[{"ifname":"lo","flags":[]},\n{"ifname"', "n/ip-a.txt": LINK})
    inventory = Inventory.load(tmp_path)
    assert [interface.name for interface in inventory.interfaces] == ["eth0", "lo"]
    assert [(note.line, note.kind) for note in inventory.notes] == [(2, "broken")]


@pytest.mark.parametrize(
    ("name", "content", "line", "reason"),
    [
        ("notes.txt", "nothing to see\n", None, "no output of a known command"),
        ("ip-j-addr.txt", '[{"ifname":', 1, "broken JSON"),
        ("1.pcap", b"\xd4\xc3\xb2\xa1\0\0", None, "a capture"),
        ("empty.txt", "", None, "the file is empty"),
        ("lab.inventory.yaml", "interfaces: []\n", None, "no line `inventory: 1`"),
        ("core", b"\x7fELF\0\0", None, "binary"),
        ("ip-a.txt", "", None, "nothing in it"),
        ("topology.json", "{}", None, "by its name"),
    ],
)
def test_single_files_of_no_use(tmp_path, name, content, line, reason):
    """A single file with nothing usable in it is an error that names it."""
    lay(tmp_path, {name: content})
    with pytest.raises(InventoryError, match=reason) as error:
        Inventory.load(tmp_path / name)
    assert error.value.file == str(tmp_path / name)
    assert error.value.line == line


def test_paths_of_no_use(tmp_path):
    """A missing path, a path that is none and an unreadable folder are errors in one line."""
    for path in (tmp_path / "missing", "a\0b"):
        with pytest.raises(InventoryError) as error:
            Inventory.load(path)
        assert "\n" not in str(error.value)
    if os.geteuid() != 0:  # root reads everything
        (tmp_path / "closed").mkdir(mode=0)
        with pytest.raises(InventoryError, match="ermission"):
            Inventory.load(tmp_path / "closed")


def test_links(tmp_path):
    """A link inside the folder is followed; one that leaves it, leads in a circle or nowhere is not."""
    outside = lay(tmp_path / "outside", {"ip-a.txt": LINK})
    folder = lay(tmp_path / "inventory", {"n/ip-a.txt": LINK})
    (folder / "m").mkdir()
    (folder / "m" / "ip-a.txt").symlink_to(folder / "n" / "ip-a.txt")
    (folder / "n" / "away").symlink_to(outside)
    (folder / "n" / "away.txt").symlink_to(outside / "ip-a.txt")
    (folder / "n" / "round").symlink_to(folder)
    (folder / "n" / "gone.txt").symlink_to(folder / "nothing")
    os.mkfifo(folder / "n" / "pipe")
    inventory = Inventory.load(folder)
    assert [interface.host for interface in inventory.interfaces] == [Host("m"), Host("n")]
    assert sorted(kinds(inventory)) == [(name, "skipped") for name in ("away", "away.txt", "gone.txt", "pipe", "round")]


def test_caps(tmp_path, monkeypatch):
    """Depth, number, size and sum are bounded, and what is left out is noted."""
    lay(tmp_path / "deep", {"/".join(["d"] * 20) + "/ip-a.txt": LINK, "n/ip-a.txt": LINK})
    inventory = Inventory.load(tmp_path / "deep")
    assert [note.why for note in inventory.notes] == ["not read: more than 16 folders deep"]
    folder = lay(tmp_path / "many", {f"n{number}/ip-a.txt": LINK for number in range(5)})
    for name, value, left in (
        ("MOST_FILES", 3, 2),
        ("MOST_BYTES", 100, 5),
        ("MOST_BYTES_IN_ALL", 200, 3),
        ("MOST_FACTS", 3, 3),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(files if name == "MOST_FILES" else load, name, value)
            assert [note.kind for note in Inventory.load(folder).notes] == ["skipped"] * left, name
    with monkeypatch.context() as patch:
        patch.setattr(load, "MOST_LINES", 1)
        inventory = Inventory.load(folder)
        assert [(note.line, note.count) for note in inventory.notes] == [(2, 2)] * 5
        assert [device.mac for device in inventory.interfaces] == [None] * 5


def test_commands_that_failed(tmp_path):
    """The line with which bugtool ends the output of a failed command is a note, and what stands above it is read."""
    failed = "> Error while running 'ip a':  exit status 1\n\n"
    device = json.dumps([{"ifname": "lo", "ifindex": 1, "flags": []}])
    lay(tmp_path, {"n/ip-a.md": LINK + failed, "n/ip-j-link.md": device + "\n" + failed, "n/ip-6-r.md": failed})
    inventory = Inventory.load(tmp_path)
    assert [interface.name for interface in inventory.interfaces] == ["eth0", "lo"]
    assert [(note.line, note.why) for note in inventory.notes] == [
        (1, "the command failed: exit status 1"),
        (3, "the command failed: exit status 1"),
        (2, "the command failed: exit status 1"),
    ]


def test_encodings(tmp_path):
    """Byte order marks, UTF-16, CRLF, colours and bytes that are no text do not get in the way."""
    colour = LINK.replace("eth0", "\x1b[36meth0\x1b[0m").replace("02:00:00:00:00:02", "\x1b[33m02:00:00:00:00:02\x1b[m")
    lay(
        tmp_path,
        {
            "a/ip-a.txt": b"\xef\xbb\xbf" + LINK.encode(),
            "b/ip-a.txt": LINK.encode("utf-16"),
            "c/ip-a.txt": LINK.replace("\n", "\r\n"),
            "d/ip-a.txt": "\x1b]0;title\x07" + colour,
            "e/ip-a.txt": LINK.encode() + b"\xff\xfe\x80\n",
        },
    )
    inventory = Inventory.load(tmp_path)
    assert [(fact.host.node, fact.name, fact.mac, fact.source.line) for fact in inventory.interfaces] == [
        (node, "eth0", 0x020000000002, 2) for node in "abcde"
    ]


HOSTILE = {
    "one-line/ip-a.txt": b"2: " + b"a" * 10_000_000,
    "words/ip-r-s.txt": b"default " + b"via " * 2_500_000,
    "at-signs/session.txt": b"a@" * 5_000_000 + b"\n" + b"a" * 4000 + b"@" * 4000,
    "prompts/session.txt": (b"(" * 4000 + b"\n" + b"a-" * 2000 + b"\n" + b"'" * 4001 + b"\n") * 50,
    "deep/ip-j-addr.txt": b"[" * 1_000_000,
    "deeper/ip-j-link.txt": b'[{"ifname":' + b'{"a":' * 500_000,
    "numbers/ip-j-addr.txt": b'[{"ifname":"x","ifindex":' + b"9" * 1_000_000 + b',"flags":[]}]',
    "same/ip-a.txt": b"".join(
        b"1: eth0: <UP> mtu 1500 x y\nlink/ether 02:00:00:%02x:%02x:%02x x\n" % (n >> 16, n >> 8 & 255, n & 255)
        for n in range(30_000)
    ),
    "veth/ip-a.txt": b"".join(b"1: v%d@if1: <UP> mtu 1500 x y\n" % n for n in range(30_000)),
    "tables/pods.txt": b"NAME READY STATUS RESTARTS AGE\n" + b"x 1/1 " + b"(a " * 3_000_000,
    "names/ip-a.txt": "2: \x1b]0;x\x07\u202e<b>@if6: <UP> mtu 1500 x y\nlink/ether 02:00:00:00:00:02\n".encode(),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files(tmp_path, name):
    """No file takes long, raises, or keeps another from being read."""
    lay(tmp_path, {name: HOSTILE[name], "good/ip-a.txt": LINK})
    start = time.perf_counter()
    inventory = Inventory.load(tmp_path)
    assert inventory.owners_of_mac(0x020000000002)
    str(inventory.who("02:00:00:00:00:02"))
    assert len(inventory.conflicts) < 10
    assert time.perf_counter() - start < 20
    assert Host("good") in inventory.hosts()


def test_control_characters_stay_out_of_answers(tmp_path):
    """A name that would move a cursor or turn text around is shown with replacement characters, and escaped in HTML."""
    lay(tmp_path, {"n/ip-a.txt": HOSTILE["names/ip-a.txt"].replace(b"\x1b", b"\x9b")})
    answer = Inventory.load(tmp_path).who("02:00:00:00:00:02")
    assert str(answer).replace("\n", "").isprintable()
    assert "<b>" in str(answer)
    assert "<b>@" not in answer._repr_html_()
    assert "&lt;b&gt;" in answer._repr_html_()


def test_a_file_given_twice(tmp_path):
    """A file or folder that is named twice is read once, so that no line counts for two."""
    lay(tmp_path, {"n/ip-a.txt": LINK + "Device gone.\n"})
    once = Inventory.load(tmp_path / "n")
    twice = Inventory.load(tmp_path / "n", tmp_path / "n" / ".." / "n", tmp_path / "n")
    assert (twice.facts, twice.notes) == (once.facts, once.notes)
    assert len(once.notes) == 1


def test_a_folder_with_nothing_in_it(tmp_path):
    """A folder without files is an error; one whose files are of no use is not, since each of them has its note."""
    with pytest.raises(InventoryError, match="no file in this folder"):
        Inventory.load(tmp_path)
    lay(tmp_path, {"notes.txt": "nothing to see\n"})
    assert kinds(Inventory.load(tmp_path)) == [("notes.txt", "not-a-source")]


@pytest.mark.parametrize("table", ["a.txt", "z.txt"], ids=["listed before", "listed after"])
def test_files_called_after_a_pod(tmp_path, table):
    """A file that is called after a pod of the cluster's list is the pod's, one called after a node the node's."""
    wide = "NAME READY STATUS RESTARTS AGE IP NODE NOMINATED NODE READINESS GATES\n"
    rows = "web-1 1/1 Running 0 1m 10.0.0.9 node-7 <none> <none>\n"
    lay(tmp_path, {table: wide + rows, **{f"{name}.ip-a.txt": LINK for name in ("web-1", "node-7", "node-8")}})
    inventory = Inventory.load(tmp_path)
    assert {each.host for each in inventory.interfaces} == {Host("node-7", "web-1"), Host("node-7"), Host("node-8")}
    assert (inventory.node_names(), inventory.pod_names()) == (("node-7", "node-8"), ("web-1",))


def test_a_file_that_fits_no_source_says_what_it_is_most_like(tmp_path):
    """Text without its prompt and with words that no grammar has is named by the command that takes most of it."""
    routes = "my routes, typed by hand\n10.1/16 scope link dev eth0\n10.2/16 through dev eth1 metric 5\n"
    lay(tmp_path, {"routes.txt": routes, "prose.txt": "nothing of hosts\nat all\n", "n/ip-a.txt": LINK})
    whys = {note.file.rpartition("/")[2]: note.why for note in Inventory.load(tmp_path).notes}
    assert whys["prose.txt"] == "not a source: no output of a known command"
    assert whys["routes.txt"] == "not a source: most like the output of `ip route`, whose words are in 2 of 3 lines"
