"""Is what web pages, mail and terminals do to lines undone, and nothing else?"""

from __future__ import annotations

from tests.inventory.facts import numbered
from vxlan_dissect.inventory.model import Host
from vxlan_dissect.inventory.session.paste import cleaned, parsed_with_joins
from vxlan_dissect.inventory.sources import source_of

HOST = Host("node-7")


def texts(lines):
    """The texts of cleaned lines."""
    return [line for _, line in cleaned(numbered(lines))]


def test_entities_and_characters():
    """Entities, other blanks, full-width signs and the dashes of editors become what was typed."""
    assert texts("2: eth0: &lt;UP&gt; mtu 1500 &amp;&amp; x") == ["2: eth0: <UP> mtu 1500 && x"]
    assert texts("root@a:~＃\u00a0ip\u3000a\u200b") == ["root@a:~# ip a"]
    assert texts("kubectl exec web-1 — ip a") == ["kubectl exec web-1 -- ip a"]
    assert texts("sh -c ‘ip a’") == ["sh -c 'ip a'"]
    assert texts("&amp;lt;") == ["&lt;"]  # once


def test_quotes_and_fences():
    """Marks of quotes and fences go, and lines keep their numbers; one line with a mark alone is no quote."""
    assert cleaned(numbered("> $ ip a\n> > 2: eth0\n```\n</pre>\nx")) == [(1, "$ ip a"), (2, "2: eth0"), (5, "x")]
    assert texts("> only one\nx") == ["> only one", "x"]


def test_numbers():
    """Numbers that count all lines go; those of a listing of interfaces stay."""
    assert texts("  1. root@a:~# ip a\n  2. 2: eth0\n  3. link/ether\n  4. x") == [
        "root@a:~# ip a",
        "2: eth0",
        "link/ether",
        "x",
    ]
    listing = "1: lo\nlink/loopback\n2: eth0\nlink/ether\n3: eth1\nlink/ether\n4: eth2\nlink/ether"
    assert texts(listing) == listing.split("\n")
    rules = "0:\tfrom all lookup local\n1:\tfrom all lookup a\n5:\tfrom all lookup b\n6:\tfrom all lookup c"
    assert texts(rules) == rules.split("\n")


def joined(text, command):
    """What a command's output gives, its broken lines joined."""
    source = source_of(command)
    return parsed_with_joins(numbered(text), lambda lines: source.parse(lines, HOST, "s", command))


def broken(text, width):
    """A text as a terminal of a width shows it."""
    return "\n".join(line[at : at + width] for line in text.split("\n") for at in range(0, max(len(line), 1), width))


LONG = (
    "2: eth0@if19: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue master some-bridge0 state UP group default"
)


def test_broken_lines():
    """A line that 80 columns broke is whole again, also in the middle of a word, and twice."""
    parsed = joined(broken(LONG + "\n    link/ether 02:00:00:00:00:02 brd ff:ff:ff:ff:ff:ff", 80), "ip a")
    assert parsed.rest == []
    assert [(fact.name, fact.master, fact.mac, fact.source.line) for fact in parsed.facts] == [
        ("eth0", "some-bridge0", 0x020000000002, 3)
    ]
    pods = (
        "NAME READY STATUS RESTARTS AGE IP NODE\nweb-" + "x" * 100 + " 1/1 Running 0 5d 10.0.0.1 " + "node-" + "y" * 90
    )
    (pod,) = joined(broken(pods, 80), "kubectl get pods -o wide").facts
    assert (len(pod.name), len(pod.node)) == (104, 95)


def test_what_is_not_joined():
    """Prose after a line of any other length, or in other letters, stays prose."""
    short = joined(LONG[:100] + "\nsome prose", "ip a")
    assert [number for number, _ in short.rest] == [2]
    chinese = joined(LONG[:80] + "\n网卡信息", "ip a")
    assert [number for number, _ in chinese.rest] == [2]
