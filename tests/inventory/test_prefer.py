"""Is the newer fact believed, then the one closer to the kernel, then the one that names more, and else none?"""

from __future__ import annotations

from tests.inventory.facts import NODE, POD
from vxlan_dissect.addresses import parse_ip, parse_prefix
from vxlan_dissect.inventory.answers.prefer import Times, closeness, preferred
from vxlan_dissect.inventory.merging.expand import expanded
from vxlan_dissect.inventory.model import (
    Address,
    CacheEntry,
    CiliumEndpoint,
    Collected,
    Interface,
    Name,
    Pod,
    Source,
)

IP = parse_ip("10.0.0.9")
NEVER = Times(())


def source(file, **more):
    """A place in a file."""
    return Source(file, 1, **more)


def pod(file, **more):
    """A pod as the cluster lists it."""
    return Pod("web-1", source(file), **more)


def test_a_newer_fact_is_believed():
    """What was collected later wins over what stands closer to the kernel and names more."""
    times = Times([Collected(1, source("old"), "old"), Collected(2, source("new"), "new")])
    facts = [Interface(POD, "eth0", 2, 5, source("old/ip-a.txt"), mtu=1500), pod("new/pods.txt")]
    assert preferred(facts, times) == (1, "it was collected later")
    assert preferred(facts[::-1], times) == (0, "it was collected later")


def test_a_time_is_of_the_closest_folder():
    """A file has the time of itself, else of the folder right above it; a name that only begins alike is no folder."""
    times = Times(
        [Collected(1, source("a"), "a"), Collected(2, source("b"), "a/b"), Collected(3, source("c"), "a/b/c")]
    )
    assert [times.of(pod(file)) for file in ("a/x", "a/b/x", "a/b/c", "a/bc", "ab/x")] == [1, 2, 3, 1, None]


def test_one_time_alone_says_nothing():
    """Where one of two facts has no time, the kernel's word counts."""
    times = Times([Collected(2, source("new"), "new")])
    facts = [Interface(POD, "eth0", 2, 5, source("old/ip-a.txt")), pod("new/pods.txt")]
    assert preferred(facts, times) == (0, "it stands closer to the kernel")


def test_closer_to_the_kernel():
    """A namespace's own output, the agent's maps, the cluster's objects, lists of names, and what frames let infer."""
    endpoint = CiliumEndpoint(NODE, source("list"), ips=(IP,), pod="web-1", mac=5)
    (follows, *_) = (fact for fact in expanded([endpoint]) if isinstance(fact, Interface))
    facts = [
        Interface(POD, "eth0", 2, 5, source("ip-a.txt")),
        CacheEntry(NODE, parse_prefix("10.0.0.9/32"), source("map")),
        pod("pods.txt"),
        Name("web", source("hosts"), ip=IP),
        Interface(POD, "eth0", 2, 5, source("1.cap", frames=(1,))),
    ]
    assert [closeness(fact) for fact in facts] == [4, 3, 2, 1, 0]
    assert closeness(follows) == closeness(endpoint) == 3
    for at in range(len(facts) - 1):
        assert preferred(facts[at:], NEVER) == (0, "it stands closer to the kernel")


def test_what_names_more():
    """Of two facts of one time and one kind the one with more in it wins, and of equal ones none."""
    few, more = pod("a", node="node-7"), pod("b", node="node-8", namespace="shop")
    assert preferred([few, more], NEVER) == (1, "it names more")
    assert preferred([more, few], NEVER) == (0, "it names more")
    assert preferred([few, pod("c", node="node-8")], NEVER) is None


def test_a_draw_among_the_best():
    """Two of three that are equally new are compared on; where nothing parts them, nobody wins."""
    times = Times([Collected(1, source("old"), "old"), Collected(2, source("new"), "new")])
    address = Address(POD, "eth0", IP, 32, source("new/ip-a.txt"))
    facts = [pod("old/pods.txt", namespace="shop", node="node-7"), address, pod("new/pods.txt")]
    assert preferred(facts, times) == (1, "it stands closer to the kernel")
    assert preferred([facts[0], facts[2], pod("new/more.txt")], times) is None
