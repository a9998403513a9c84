"""Which addresses do DNS answers name, and which not?"""

from __future__ import annotations

import pytest

import vxlan_dissect as vxd
from tests.derived.messages import (
    AT_QUESTION,
    CNAME,
    NXDOMAIN,
    RESPONSE,
    A,
    answer,
    datagram,
    dns,
    name,
    question,
    record,
    segment,
)
from tests.explain.made import address, hosts, interface
from tests.wire.frames import decode_all, ip4
from vxlan_dissect.addresses import parse_ip
from vxlan_dissect.explain import resolved
from vxlan_dissect.explain.resolved import Resolved, place_of
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.model import Host

WEB, WEB_IP, CLIENT = "web.default.svc.cluster.local", "10.96.0.7", "10.244.1.10"


def told(*frames, first=1):
    """What frames tell of names."""
    names = Resolved()
    names.learn(decode_all(list(frames), first=first))
    return names


def served(payload):
    """A frame from a name server."""
    return datagram(payload, 53, 40000)


def names_of(names, text):
    """The names of an address, () for none."""
    owner = names.owner(parse_ip(text))
    return owner.names if owner else ()


def test_an_answer_names_its_address():
    """The owner has the name, how it is known, and no more than likely."""
    owner = told(served(answer("x.example", "192.0.2.1")), served(answer(WEB, WEB_IP))).owner(parse_ip(WEB_IP))
    assert (owner.names, owner.what, owner.confidence) == ((WEB,), "named", "likely")
    assert (owner.service, owner.namespace, owner.pod, owner.node) == ("web", "default", None, None)
    assert owner.inferred == f"DNS answer in frame 2: {WEB} is {WEB_IP}"


@pytest.mark.parametrize(
    "frame",
    [
        datagram(dns((question(WEB),))),
        datagram(dns((question(WEB),), (record(AT_QUESTION, A, ip4(WEB_IP)),))),
        served(answer(WEB, WEB_IP, flags=NXDOMAIN)),
        served(answer(WEB)),
        datagram(answer(WEB, WEB_IP), 8053, 40000),
        datagram(answer(WEB, WEB_IP), 40000, 53),
        datagram(answer(WEB, WEB_IP), 5353, 5353),
        datagram(answer(WEB, WEB_IP), 5355, 40000),
        served(dns((question(WEB),), (), (record(AT_QUESTION, A, ip4(WEB_IP)),), flags=RESPONSE)),
    ],
    ids=["a question", "a question with an answer", "no such name", "no address", "another port", "to a server",
         "multicast DNS", "LLMNR", "an additional record"],
)  # fmt: skip
def test_what_names_nothing(frame):
    """Only a server's answer to a question names an address."""
    assert names_of(told(frame), WEB_IP) == ()


def test_over_tcp():
    """An answer in a segment counts as well."""
    payload = answer(WEB, WEB_IP)
    assert names_of(told(segment(len(payload).to_bytes(2, "big") + payload, 53, 40000)), WEB_IP) == (WEB,)


def test_an_alias_is_the_name_that_was_asked_for():
    """The address has the name that the asker knows, not the one behind it."""
    records = (
        record(AT_QUESTION, CNAME, name("edge.example.net")),
        record(name("edge.example.net"), A, ip4("192.0.2.80")),
    )
    names = told(served(dns((question("Shop.Example.com"),), records, flags=RESPONSE)))
    assert names_of(names, "192.0.2.80") == ("shop.example.com",)


def test_an_address_of_several_names():
    """All are kept with their frames, the first one first; what only one of them says is said."""
    frames = [served(answer(text, WEB_IP, ident=number)) for number, text in enumerate(("b.example", WEB, "B.example"))]
    owner = told(*frames).owner(parse_ip(WEB_IP))
    assert owner.names == ("b.example", WEB)
    assert owner.inferred == (
        f"DNS answer in frame 1 and 1 more: b.example is {WEB_IP}; DNS answer in frame 2: {WEB} is {WEB_IP}"
    )
    assert owner.service == "web"


def test_names_of_two_services():
    """Where two names mean different services, none is preferred."""
    names = told(*(served(answer(f"{text}.default.svc.cluster.local", WEB_IP)) for text in ("a", "b")))
    owner = names.owner(parse_ip(WEB_IP))
    assert (len(owner.names), owner.service, owner.namespace) == (2, None, None)


def test_batches_add_up():
    """What a later batch repeats is counted, and what was learned stays."""
    names = told(served(answer(WEB, WEB_IP)))
    names.learn(decode_all([served(answer(WEB, WEB_IP)), served(answer("c.example", WEB_IP))], first=7))
    assert names.owner(parse_ip(WEB_IP)).inferred.startswith("DNS answer in frame 1 and 1 more:")
    assert "frame 8: c.example" in names.owner(parse_ip(WEB_IP)).inferred


@pytest.mark.parametrize("text", ["0.0.0.0", "127.0.0.1"])
def test_addresses_that_mean_no(text):
    """A filtering resolver answers with an address that is nobody's."""
    assert names_of(told(served(answer("ads.example", text))), text) == ()


def test_a_flood_of_answers(monkeypatch):
    """Addresses and names beyond the limits are not taken in, and those before them stay."""
    monkeypatch.setattr(resolved, "MAX_ADDRESSES", 2)
    monkeypatch.setattr(resolved, "MAX_NAMES", 3)
    frames = [served(answer(f"n{number}", "192.0.2.1")) for number in range(9)]
    names = told(*frames, served(answer("a", "192.0.2.2")), served(answer("b", "192.0.2.3")))
    assert names_of(names, "192.0.2.1") == ("n0", "n1", "n2")
    assert [names_of(names, f"192.0.2.{last}") for last in (2, 3)] == [("a",), ()]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (WEB, ("default", "web")),
        ("web-0.web.shop.svc.cluster.local", ("shop", "web")),
        ("10-244-1-5.web.shop.svc.my.zone", ("shop", "web")),
        ("10-244-1-5.shop.pod.cluster.local", ("shop", None)),
        ("web.default.svc", None),
        ("svc.cluster.local", None),
        ("web.svc.svc.svc.cluster.local", None),
        ("a.b.web.default.svc.cluster.local", None),
        ("www.example.com", None),
        (".", None),
    ],
)
def test_names_that_kubernetes_forms(text, place):
    """Namespace and service stand before `svc`, a pod's namespace before `pod`; what is ambiguous says nothing."""
    assert place_of(text) == place


CONNECTION = datagram(b"x", 40000, 8080, source=CLIENT, destination=WEB_IP)


def explained(*frames, inventory=None, **options):
    """The explanation of frames."""
    return list(vxd.explain(decode_all(list(frames)), inventory or Inventory(), **options))


def test_ends_of_packets_are_named():
    """An address without owner has the name in the summary and in JSON, also in frames before the answer."""
    before, _, after = explained(CONNECTION, served(answer(WEB, WEB_IP)), CONNECTION)
    assert before.summary == after.summary == f"{CLIENT} → {WEB}: UDP 40000 → 8080"
    assert after.as_dict()["inner"]["dst"]["names"] == [WEB]
    assert after.as_dict()["inner"]["dst"]["service"] == "web"
    assert after.as_dict()["inner"]["src"]["names"] is None


def test_several_names_are_said_to_be_several():
    """A reader sees the first name and how many more there are."""
    answers = [served(answer(text, WEB_IP)) for text in ("a.example", "b.example", "c.example")]
    assert (
        explained(*answers[:2], CONNECTION)[-1].summary == f"{CLIENT} → a.example (and 1 more name): UDP 40000 → 8080"
    )
    assert "a.example (and 2 more names)" in explained(*answers, CONNECTION)[-1].summary


def test_the_inventory_wins():
    """What the inventory names keeps that name, whatever DNS says."""
    pod = Host("worker", "web-1")
    inventory = hosts(interface(pod, "eth0"), address(pod, "eth0", WEB_IP))
    last = explained(served(answer(WEB, WEB_IP)), CONNECTION, inventory=inventory)[-1]
    assert (last.dst.pod_name, last.as_dict()["inner"]["dst"]["names"]) == ("web-1", None)
    assert WEB not in last.summary


def test_names_are_left_out_on_request():
    """Without names the address stays an address."""
    last = explained(served(answer(WEB, WEB_IP)), CONNECTION, names=False)[-1]
    assert last.summary == f"{CLIENT} → {WEB_IP}: UDP 40000 → 8080"
    assert last.dst.owner is None


def test_a_service_is_a_name_of_the_filter_language():
    """The service of a name that DNS gave can be asked for."""
    frames = (served(answer(WEB, WEB_IP)), CONNECTION)
    assert [one.frame for one in explained(*frames, where="service == web")] == [2]
    assert [one.frame for one in explained(*frames, where="role == named")] == [2]
