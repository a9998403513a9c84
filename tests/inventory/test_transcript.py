"""Is a pasted session read completely, each output with the host that printed it?"""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.inventory.facts import inventory_of, numbered, plain
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.model import Address, Agent, Host, Interface, Neighbour, Pod, Recording, Route, Service
from vxlan_dissect.inventory.session import transcript

WORKER, WORKER2 = "cilium-dual-stack-worker", "cilium-dual-stack-worker2"
POD, OTHER = Host(WORKER, "cni-7t9p4"), Host(WORKER2, "cni-8qgcs")
NODE = Host(WORKER)
BROADCAST = "<BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default"


@pytest.fixture(scope="module")
def article(shared_dir):
    """The article that the project started from, as it stands."""
    return Inventory.load(shared_dir / "seed.txt")


def lines_of(inventory, kind):
    """Line and host of every fact of a type."""
    return [(fact.source.line, getattr(fact, "host", None)) for fact in inventory.facts if isinstance(fact, kind)]


def test_interfaces_of_the_article(article):
    """Each interface belongs to the host of the prompt above it, also behind the comment in the middle of an output."""
    assert [
        (fact.index_source.line, fact.source.line, fact.host, fact.name, fact.index)
        for fact in article.facts
        if isinstance(fact, Interface)
    ] == [
        (220, 221, POD, "lo", 1),
        (226, 227, POD, "eth0", 18),
        (319, 320, POD, "eth0", 18),
        (341, 342, NODE, "cilium_host", 3),
        (350, 351, NODE, "lxc237a31216c0f", 19),
        (382, 383, POD, "eth0", 18),
        (391, 392, OTHER, "eth0", 11),
    ]


def test_addresses_of_the_article(article):
    """Every `inet` and `inet6` line is an address of the interface above it."""
    found = [
        (fact.source.line, fact.interface, f"{fact.ip}/{fact.length}")
        for fact in article.facts
        if isinstance(fact, Address)
    ]
    pod = ["10.244.1.233/32", "fd00:10:244:1::4749/128", "fe80::4c5b:57ff:fe45:633b/64"]
    assert found == [
        (222, "lo", "127.0.0.1/8"),
        (224, "lo", "::1/128"),
        *zip((228, 230, 232), ["eth0"] * 3, pod, strict=True),
        *zip((321, 323, 325), ["eth0"] * 3, pod, strict=True),
        (343, "cilium_host", "10.244.1.154/32"),
        (345, "cilium_host", "fc00:f853:ccd:e793::4/128"),
        (347, "cilium_host", "fe80::30ed:4dff:fe67:b2e1/64"),
        (352, "lxc237a31216c0f", "fe80::a079:14ff:fe47:80b3/64"),
        *zip((384, 386, 388), ["eth0"] * 3, pod, strict=True),
        (393, "eth0", "10.244.2.245/32"),
        (395, "eth0", "fd00:10:244:2::9461/128"),
        (397, "eth0", "fe80::b461:48ff:feae:63f5/64"),
    ]


def test_other_facts_of_the_article(article):
    """Routes, the neighbour, pods, services, recordings and the agent's lines are all there, with their hosts."""
    assert lines_of(article, Route) == [(line, POD) for line in (328, 329, 358, 359, 360, 361)]
    assert lines_of(article, Neighbour) == [(363, POD)]
    assert lines_of(article, Pod) == [(line, None) for line in (211, 212, 338, 339)]
    assert lines_of(article, Service) == [(line, None) for line in (191, 247, 248, 249, 262)]
    # Line 149 is a comment inside the output; nobody says which pod of the daemon set answered.
    assert lines_of(article, Agent) == [(line, Host(None)) for line in range(139, 161) if line != 149]
    assert [fact for fact in article.facts if isinstance(fact, Recording)] == [
        Recording(POD, "eth0", None, article.recordings[0].source),
        Recording(NODE, "eth0", "1.cap", article.recordings[1].source),
    ]
    assert [fact.source.line for fact in article.recordings] == [412, 459]
    assert [(note.line, note.kind) for note in article.notes] == [(165, "unknown-key"), (None, "prose")]


def test_blanks_do_not_matter(captures_dir):
    """The stored session gives the same facts when its indentation is gone and its runs of blanks are single ones."""
    text = (captures_dir / "dual-stack-ping6" / "inventory" / "session.txt").read_text(encoding="utf-8")
    collapsed = "\n".join(re.sub(" +", " ", line).strip() for line in text.split("\n"))
    assert collapsed != text
    facts = [plain(fact, host=True) for fact in inventory_of(text).facts]
    assert len(facts) > 40
    assert [plain(fact, host=True) for fact in inventory_of(collapsed).facts] == facts


PROMPTS = [
    ("root@KinD:~# kubectl exec -it web-1 -- ip a l", Host(None, "web-1")),
    ("root@KinD:~# kubectl -n shop exec -it web-1 -c app -- ip a", Host(None, "web-1")),
    ("root@KinD:~# kubectl exec pod/web-1 ip a", Host(None, "web-1")),
    ("root@kind:~# # kubectl exec -it web-1 -- ip a", Host(None, "web-1")),
    ("$ kubectl exec web-1 -- sh -c 'ip a'", Host(None, "web-1")),
    ("root@KinD:~# kubectl exec -it ds/cilium -n kube-system -- ip a", Host(None)),
    ("root@KinD:~# kubectl debug node/node-7 -it --image=busybox -- ip a", Host("node-7")),
    ("me@laptop:~$ docker exec -it node-7 ip a l", Host("node-7")),
    ("me@laptop ~ % docker exec -u root node-7 ip -d link", Host("node-7")),
    ("[me@laptop tmp]$ ssh -i key.pem admin@node-7 sudo ip a", Host("node-7")),
    ("root@node-7:/# ip a | grep -v lft", Host("node-7")),
    ("(venv) root@node-7:/home/x# timeout 5 ip -s a", Host("node-7")),
    ("node-7:~ # /sbin/ip a", Host("node-7")),
    ("node-7~$ip a l", Host("node-7")),
    ("node-7# ip a", Host("node-7")),
    ("# ip a", Host(None)),
    ("$ ip a", Host(None)),
    ("+ ip a", Host(None)),
    ("### `ip a`:", Host(None)),
    ("ip a", Host(None)),
    ("root@node-7:~# ip netns exec blue ip a", Host("blue")),
    ("root@node-7:~# ip -n blue a", Host("blue")),
    ("root@node-7:~# nsenter -t 4711 -n ip a", Host(None)),
]


@pytest.mark.parametrize(("prompt", "host"), PROMPTS)
def test_prompts(prompt, host):
    """The host of an output is the one that the command line above it speaks of."""
    parsed = transcript.parse(numbered(f"Some prose.\n{prompt}\n2: eth9: {BROADCAST}\nMore prose."), Host(None), "s")
    devices = [fact for fact in parsed.facts if isinstance(fact, Interface)]
    assert [(fact.host, fact.name, fact.source.line) for fact in devices] == [(host, "eth9", 3)]
    assert [number for number, _ in parsed.rest] == [1, 4]


@pytest.mark.parametrize(
    ("command", "namespace"),
    [
        ("kubectl -n shop exec -it web-1 -- ip a", "shop"),
        ("kubectl exec web-1 --namespace=shop -- sh -c 'ip a'", "shop"),
        ("kubectl exec web-1 -- ip a", None),
        ("kubectl -n kube-system exec ds/cilium -- ip a", None),
    ],
)
def test_namespace_of_a_pod(command, namespace):
    """The namespace that the command line names is the pod's, wherever a single pod is named."""
    parsed = transcript.parse(numbered(f"root@kind:~# {command}\n2: eth9: {BROADCAST}"), Host(None), "s")
    pods = [(fact.name, fact.namespace, fact.source.line) for fact in parsed.facts if isinstance(fact, Pod)]
    assert pods == ([("web-1", namespace, 1)] if namespace else [])


@pytest.mark.parametrize(
    "line",
    [
        "# a comment about eth0",
        "#!/bin/bash",
        "someone@example.com wrote:",
        "cilium/cilium#24208 puts it on cilium_host",
        "see https://example.com/#routes",
        "ip route shows nothing",
        "ip address of the pod",
        "1 packets transmitted, 1 packets received, 0% packet loss",
        "for i in $(docker ps -a)",
    ],
)
def test_what_is_no_prompt(line):
    """A line of prose, a comment or a link does not end an output."""
    text = f"root@node-7:~# ip a\n2: eth9: {BROADCAST}\n{line}\nlink/ether 02:00:00:00:00:09 brd ff:ff:ff:ff:ff:ff"
    parsed = transcript.parse(numbered(text), Host(None), "s")
    assert [(fact.name, fact.source.line) for fact in parsed.facts] == [("eth9", 4)]


def test_shells():
    """What is typed in a shell belongs to the host that it was opened on, until a prompt names another or it ends."""
    text = f"""root@admin:~# kubectl exec -it web-1 -- sh
/ # ip a
2: eth0@if9: {BROADCAST}
/ # exit
root@admin:~# docker exec -it node-7 bash
root@0123456789ab:/# ip link
3: eth1: {BROADCAST}
root@admin:~# ip a
4: eth2: {BROADCAST}
"""
    found = [(fact.name, fact.host) for fact in transcript.parse(numbered(text), Host(None), "s").facts]
    assert found == [("eth0", Host(None, "web-1")), ("eth1", Host("node-7")), ("eth2", Host("admin"))]


def test_wrappers():
    """A word of the user's own, then a known host, then a known command; the host may be named further down."""
    text = f"""root@admin:~# lo node-7 ip a
2: eth0: {BROADCAST}
root@admin:~# lo nowhere ip a
3: eth1: {BROADCAST}
root@admin:~# kubectl get nodes
NAME STATUS ROLES AGE VERSION
node-7 Ready <none> 57m v1.23.4
"""
    found = [(fact.name, fact.host) for fact in inventory_of(text).interfaces]
    # Who `nowhere` is, nobody says; the output is kept all the same.
    assert found == [("eth0", Host("node-7")), ("eth1", Host(None))]


def test_names_from_other_files():
    """A wrapper's host may be named by another file."""
    text = numbered(f"root@admin:~# lo node-7 ip a\n2: eth0: {BROADCAST}")
    assert transcript.parse(text, Host(None), "s", ["node-7"]).facts[0].host == Host("node-7")
    assert transcript.parse(text, Host(None), "s").facts[0].host == Host(None)


def test_output_without_a_prompt():
    """A bare paste of several outputs is read, its host unknown."""
    text = f"""Hi, here is what I see:
2: eth0@if9: {BROADCAST}
    link/ether 02:00:00:00:00:02 brd ff:ff:ff:ff:ff:ff
    inet 10.0.0.2/32 scope global eth0
and
default via 10.0.0.1 dev eth0 mtu 1450
10.0.0.1 dev eth0 lladdr 02:00:00:00:00:09 STALE
10.0.0.1 is the gateway of it
[{{"dst":"default","gateway":"fd00::1","dev":"eth0","flags":[]}}]
"""
    parsed = transcript.parse(numbered(text), Host(None), "s")
    assert sorted((type(fact).__name__, fact.source.line) for fact in parsed.facts) == [
        ("Address", 4),
        ("Interface", 3),
        ("Neighbour", 7),
        ("Route", 6),
        ("Route", 9),
    ]
    assert {fact.host for fact in parsed.facts} == {Host(None)}
    assert [number for number, _ in parsed.rest] == [1, 5, 8]


def test_several_commands_in_one_line():
    """Of `ip a; ip r` all output is read, for the host of the line."""
    for prompt in (
        "root@node-7:~# ip a; ip r",
        "$ ssh node-7 'ip a && ip r'",
        "$ docker exec node-7 bash -c 'ip a;ip r'",
    ):
        text = f"{prompt}\n2: eth0: {BROADCAST}\ndefault via 10.0.0.1 dev eth0\n"
        parsed = transcript.parse(numbered(text), Host(None), "s")
        assert [(type(fact).__name__, fact.host) for fact in parsed.facts] == [
            ("Interface", Host("node-7")),
            ("Route", Host("node-7")),
        ]


@pytest.mark.parametrize(
    ("command", "interface", "capture"),
    [
        ("tcpdump -pne -i eth0 -w /tmp/1.cap", "eth0", "1.cap"),
        ("tcpdump -pnei eth0", "eth0", None),
        ("tcpdump -ni any -s0 -w'x y' port 8472", "any", "x y"),
        ("tcpdump --interface=cilium_vxlan -w out.pcap &", "cilium_vxlan", "out.pcap"),
        ("sudo timeout 10 /usr/sbin/tcpdump --interface lxc1 -U -w - | wireshark -k -i -", "lxc1", None),
        ("kubectl exec web-1 -- tcpdump -i eth0 -w - > pod.pcap", "eth0", "pod.pcap"),
    ],
)
def test_recordings(command, interface, capture):
    """A tcpdump command tells its interface and the base name of its file."""
    parsed = transcript.parse(numbered(f"root@node-7:~# {command}"), Host(None), "s")
    host = Host(None, "web-1") if "web-1" in command else Host("node-7")
    assert [(fact.host, fact.interface, fact.capture) for fact in parsed.facts] == [(host, interface, capture)]


def test_recordings_that_are_none():
    """Reading a file records nothing, and an interface that neither an option nor tcpdump itself names is noted."""
    silent = transcript.parse(numbered("root@n:~# tcpdump -r 1.cap -i eth0"), Host(None), "s")
    assert (silent.facts, silent.notes) == ([], [])
    unknown = transcript.parse(numbered("root@n:~# tcpdump -w 1.cap"), Host(None), "s")
    assert [(note.line, note.kind) for note in unknown.notes] == [(1, "unknown")]
    text = "root@n:~# tcpdump -w 1.cap\nlistening on ens5, link-type EN10MB (Ethernet), snapshot length 262144 bytes"
    assert [fact.interface for fact in transcript.parse(numbered(text), Host(None), "s").facts] == ["ens5"]


PIECES = st.one_of(
    st.text(max_size=40),
    st.sampled_from([prompt for prompt, _ in PROMPTS]),
    st.sampled_from(
        ["NAME READY STATUS RESTARTS AGE", "[{", f"2: eth0@if9: {BROADCAST}", "kubectl exec", "ssh", "a@b:~# "]
    ),
)


@given(lines=st.lists(PIECES, max_size=15))
def test_nothing_raises(lines):
    """Any text is a session, and every line is in a fact, in the prose, or a prompt."""
    lines = [piece for line in lines for piece in line.split("\n")]
    parsed = transcript.parse(numbered(lines), Host("x"), "s")
    assert {number for number, _ in parsed.rest} <= set(range(1, len(lines) + 1))
    Inventory(parsed.facts, parsed.notes).who("10.0.0.1")
