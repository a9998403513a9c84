"""Does each source read what its command prints, and give back what is not its own?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.inventory.facts import numbered, plain
from vxlan_dissect.inventory.model import Host
from vxlan_dissect.inventory.sources import SOURCES, objects, parse_by_content, source_of
from vxlan_dissect.inventory.sources.base import command_of_file, ip_command, kubectl_get

DATA = Path(__file__).parent / "data"
CASES = sorted(
    path.relative_to(DATA).with_suffix("").as_posix() for path in DATA.glob("*/*.txt") if path.parent.name != "sessions"
)
HOST = Host("worker")
# One module may read both text and objects.
ALL = list(dict.fromkeys([source for source in SOURCES if source is not objects] + list(objects.OBJECTS)))


def name_of(source):
    """The module's name, as the folders of `data` have it."""
    return source.__name__.rpartition(".")[2]


def reader_of(command):
    """The source that reads a command's output, text or objects."""
    source = source_of(command)
    return next(each for each in objects.OBJECTS if each.accepts(command)) if source is objects else source


@pytest.mark.parametrize("case", CASES)
def test_output_beside_its_facts(case):
    """The facts, notes and left-over lines are those that the file beside the output says."""
    expected = json.loads((DATA / f"{case}.json").read_text(encoding="utf-8"))
    source = source_of(expected["command"])
    assert name_of(reader_of(expected["command"])) == case.partition("/")[0]
    lines = numbered((DATA / f"{case}.txt").read_text(encoding="utf-8"))
    parsed = source.parse(lines, HOST, "ip.txt", expected["command"])
    own_hosts = name_of(reader_of(expected["command"])) == "inventory_file"  # hosts are told in the text itself
    assert [plain(fact, host=own_hosts) for fact in parsed.facts] == expected["facts"]
    assert {fact.source.file for fact in parsed.facts} == {"ip.txt"}
    assert [[note.line, note.kind] for note in parsed.notes] == expected["notes"]
    assert [number for number, _ in parsed.rest] == expected["rest"]
    hosts = {fact.host for fact in parsed.facts if hasattr(fact, "host")}
    of_the_cluster = expected["command"].startswith(("kubectl", "helm", "kind", "cilium config view"))
    assert own_hosts or hosts <= ({None, Host(None)} if of_the_cluster else {HOST, None})


@pytest.mark.parametrize(
    "case",
    # Nothing in values of a chart, or in a list of options, tells them from others, once they stand among prose.
    [
        case
        for case in CASES
        if case not in {"ip_addr_json/broken", "cilium_status/status", "cilium_config/view", "helm_values/cilium"}
    ],
)
def test_output_without_its_command(case):
    """Whoever does not know the command still finds the facts, by the form of the lines."""
    expected = json.loads((DATA / f"{case}.json").read_text(encoding="utf-8"))
    lines = numbered((DATA / f"{case}.txt").read_text(encoding="utf-8"))
    own_hosts = case.startswith("inventory_file")
    found = [plain(fact, host=own_hosts) for fact in parse_by_content(lines, HOST, "ip.txt").facts]
    # Nobody knows the namespace of `kubectl -n shop`, and a line with an unknown word may be prose. `by_command` says
    # what only the command tells: all, fields, or (with a blank) what a line begins with.
    told = expected.get("by_command", ())
    if told == "all":
        assert found == []
        return
    untold = {number for number, line in lines if any(" " in word and line.startswith(word) for word in told)}
    found = [{key: value for key, value in fact.items() if key not in told} for fact in found]
    doubtful = {line for line, kind in expected["notes"] if kind == "unknown"}
    namespace = "shop" if "-n shop" in expected["command"] else None
    certain = [
        {key: value for key, value in fact.items() if (key, value) != ("namespace", namespace) and key not in told}
        for fact in expected["facts"]
        if fact["line"] not in doubtful | untold
    ]
    if case == "ip_neigh_text/one-device":  # an address and a state alone are too little
        certain = certain[:1]
    assert found == certain


def test_every_source_has_cases():
    """A new source needs an output beside its facts."""
    assert {case.partition("/")[0] for case in CASES} == {name_of(source) for source in ALL}


@pytest.mark.parametrize("source", ALL, ids=name_of)
def test_docstrings_name_a_command(source):
    """Each source says which command to run, and takes that command."""
    run = source.__doc__.partition("Run `")[2].partition("`")[0]
    assert reader_of(run.partition("-- ")[2] or run) is source


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_no_lines(source):
    """No output gives no facts and no complaint."""
    assert source.parse([], HOST, "empty.txt") == ([], [], [])
    assert source.parse(numbered("\n\n"), HOST, "empty.txt") == ([], [], [])


@pytest.mark.parametrize(
    ("command", "subject", "family", "is_json"),
    [
        ("ip a", "address", None, False),
        ("ip addr show dev eth0", "address", None, False),
        ("/sbin/ip -4 a l", "address", 4, False),
        ("ip -d -j link", "link", None, True),
        ("ip -6 r s", "route", 6, False),
        ("ip -family inet6 route list table all", "route", 6, False),
        ("ip r table local", "route", None, False),
        ("ip n", "neighbour", None, False),
        ("ip -json neigh show proxy", "neighbour", None, True),
    ],
)
def test_ip_commands(command, subject, family, is_json):
    """Listings of iproute2 are understood in every abbreviation that it takes."""
    said = ip_command(command)
    assert said is not None
    assert said[:3] == (subject, family, is_json)


@pytest.mark.parametrize(
    "command",
    [
        "",
        "ip",
        "ip -6",
        "ip route get 10.0.0.1",
        "ip addr add 10.0.0.1/8 dev eth0",
        "ip rule add",
        "ip netns",
        "ifconfig eth0 10.0.0.1 up",
    ],
)
def test_what_is_no_listing(command):
    """A command that changes or asks something else prints nothing that is read here."""
    assert ip_command(command) is None
    assert source_of(command) is None


@pytest.mark.parametrize(
    ("command", "resources", "namespace", "output"),
    [
        ("kubectl get pods -o wide", {"pods"}, None, "wide"),
        ("kubectl -n kube-system get po -owide", {"pods"}, "kube-system", "wide"),
        ("k get svc,pods --namespace=shop --output=yaml", {"services", "pods"}, "shop", "yaml"),
        ("kubectl --context kind-a get nodes", {"nodes"}, None, None),
        ("kubectl get pod/cni-7t9p4 -A", {"pods"}, None, None),
    ],
)
def test_kubectl_commands(command, resources, namespace, output):
    """Resources in any spelling, the namespace and the output format are found wherever the options stand."""
    assert kubectl_get(command) == (resources, namespace, output)


def test_other_formats_of_kubectl():
    """What `-o yaml` prints is no table, and is read if it is of a kind that is read."""
    assert source_of("kubectl get svc cni -o yaml") is objects
    assert source_of("kubectl get deployments -o yaml") is None
    assert source_of("kubectl describe deployments") is None


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("ip-a-l.txt", "ip a l"),
        ("ip-6-n-s.txt", "ip -6 n s"),
        ("ip-d-j-link.txt", "ip -d -j link"),
        ("ip-n-s-proxy.txt", "ip n s proxy"),
        ("ip--d--s--s-l.md", "ip -d -s -s l"),
        ("ip--4-route-show-table-2004.md", "ip -4 route show table 2004"),
        ("kubectl-get-pods-A-o-wide.txt", "kubectl get pods -A -o wide"),
        ("kubectl_get_svc.log", "kubectl get svc"),
        ("cilium-dbg-status---verbose.md", "cilium-dbg status --verbose"),
        ("cilium-status---verbose.md", "cilium status --verbose"),
        ("cilium-dbg-endpoint-list--o-json.md", "cilium-dbg endpoint list -o json"),
        ("cilium-dbg-map-events-cilium_ipcache--o-json.md", "cilium-dbg map events cilium_ipcache -o json"),
        ("cilium-health-status--o-json.md", "cilium-health status -o json"),
        ("cilium_status.txt", "cilium status"),
        ("ciliumnodes-20240304-101112.yaml", "ciliumnodes 20240304 101112"),
        ("bridge-fdb-show-dev-flannel.1.txt", "bridge fdb show dev flannel.1"),
        ("oak-w1.pod-web-qk2lm.ip-r-s.txt", "ip r s"),
        ("tc-filter-show-dev-eth0-ingress.md", "tc filter show dev eth0 ingress"),
    ],
)
def test_commands_of_file_names(name, command):
    """A file's name tells its command, options without their dashes included."""
    assert command_of_file(name) == command


LINE = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [line for case in CASES for line in (DATA / f"{case}.txt").read_text(encoding="utf-8").split("\n")]
    ).flatmap(lambda line: st.integers(0, len(line)).map(lambda end: line[:end])),
)


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
@given(lines=st.lists(LINE, max_size=12), command=st.sampled_from([None, "ip a", "ip -6 r s", "kubectl get pods"]))
def test_nothing_raises(source, lines, command):
    """Any text gives facts, notes and rest, and every line that is left over is one that was given."""
    parsed = source.parse(numbered(lines), HOST, "any.txt", command)
    given_numbers = {number for number, _ in numbered(lines)}
    assert {number for number, _ in parsed.rest} <= given_numbers
    assert {fact.source.line for fact in parsed.facts} <= given_numbers
