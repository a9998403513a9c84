"""Are objects of JSON and YAML read one by one, with their lines, and is no text too odd for it?"""

from __future__ import annotations

import copy
import json
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.inventory.facts import numbered, plain
from vxlan_dissect.addresses import IP, Prefix
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.model import FACTS, Host, Identity, Pod, Service, Setting, Source
from vxlan_dissect.inventory.sources import objects, yaml_parts, yaml_text
from vxlan_dissect.inventory.sources.yaml_flat import is_flat

DATA = Path(__file__).parent / "data"
CASES = sorted(path for path in DATA.glob("*/*.txt") if path.parent.name.startswith(("object_", "helm_values")))
YAML = [path for path in CASES if not path.read_text().startswith("{") and not is_flat(path.read_text())]
NAMES = [f"{path.parent.name}/{path.stem}" for path in CASES]
POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-1"}, "status": {"podIP": "10.0.0.9"}}


def read(text, command=None):
    """What a file of this text holds."""
    parsed = objects.parse_text(text, Host(None), "x", command)
    assert parsed is not None
    return parsed


def dump(*values):
    """YAML of values, of several as documents, without the anchors that the library makes of what is one in Python."""
    return yaml.safe_dump_all([json.loads(json.dumps(value)) for value in values])


def names(parsed):
    """The names of what was read, with their lines."""
    return [(getattr(fact, "name", None), fact.source.line) for fact in parsed.facts]


@pytest.mark.parametrize("path", CASES, ids=NAMES)
def test_lines(path):
    """A reader finds a word of each fact on the line that it cites."""
    lines = path.read_text().split("\n")
    command = json.loads(path.with_suffix(".json").read_text())["command"]
    for fact in objects.parse(numbered(lines), Host(None), "x", command).facts:
        shown = [fact.name] if hasattr(fact, "name") else [fact.key.rpartition(".")[2]] if type(fact) is Setting else []
        shown += [
            str(getattr(fact, name)) for name in ("ip", "prefix", "number", "value", "pod") if hasattr(fact, name)
        ]
        shown += map(str, getattr(fact, "ips", ()) or getattr(fact, "cluster_ips", ()))
        shown += [part for part in plain(fact).get("mac", "").split() if part]
        assert any(word in lines[fact.source.line - 1] for word in shown if word), fact


@pytest.mark.parametrize("path", YAML, ids=[f"{path.parent.name}/{path.stem}" for path in YAML])
def test_blocks_that_nobody_reads(path, monkeypatch):
    """What is left out before parsing changes no fact, no line and no note."""
    text = path.read_text()
    command = json.loads(path.with_suffix(".json").read_text())["command"]
    short = read(text, command)
    monkeypatch.setattr(yaml_parts, "without_unread", lambda part, kind: part)
    assert read(text, command) == short


WORDS = st.sampled_from(
    ["managedFields:", "  containers:\n  - x", "spec:", "- status:", "a: b", "#", "", " ", "&a", "é"]
)
TEXTS = st.lists(WORDS, max_size=4).map("\n".join)


@settings(max_examples=300)
@given(
    notes=st.dictionaries(st.sampled_from(["a", "b", "conditions", "managedFields"]), TEXTS, max_size=3),
    name=TEXTS,
    containers=st.lists(st.dictionaries(st.sampled_from(["image", "policy"]), TEXTS, max_size=2), max_size=2),
    width=st.sampled_from([20, 1000]),
    style=st.sampled_from([None, "|", ">", '"', "'"]),
)
def test_any_text_in_an_object(notes, name, containers, width, style):
    """Texts over several lines, in every style that YAML has, hide nothing and bring nothing to light."""
    pod = {
        "kind": "Pod",
        "metadata": {"annotations": notes, "managedFields": [notes], "name": name},
        "spec": {"containers": containers, "nodeName": name},
        "status": {"conditions": containers, "message": name, "podIP": "10.0.0.9"},
    }
    text = yaml.safe_dump(pod, default_style=style, width=width, allow_unicode=True)
    (whole,), (short,) = yaml_text.load(text), yaml_text.load(yaml_parts.without_unread(text))
    for section, left_out in (("metadata", "managedFields"), ("spec", "containers"), ("status", "conditions")):
        if style in {None, "|", ">"}:
            assert pod[section][left_out] == [] or left_out not in (short[section] or {}) or "&" in text
        whole[section].pop(left_out, None)
        (short[section] or {}).pop(left_out, None)
        assert (short[section] or {}) == whole[section]
        assert (
            getattr(short[section], "lines", {}).items()
            >= {key: line for key, line in whole[section].lines.items() if key != left_out}.items()
        )


def test_lists(tmp_path):
    """Lists of several kinds, typed lists, documents, lines of JSON and single objects hold the same pods."""
    pod, other = POD, {**POD, "metadata": {"name": "web-2"}}
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"clusterIP": "10.96.0.9"}}
    bare = {key: value for key, value in other.items() if key not in {"kind", "apiVersion"}}
    texts = {
        "list.yaml": dump({"apiVersion": "v1", "items": [pod, service], "kind": "List"}),
        "typed.yaml": dump({"apiVersion": "v1", "items": [bare, bare], "kind": "PodList"}),
        "documents.yaml": f"# two\n---\n{dump(pod)}---\n{dump(service)}...\n",
        "bare.yaml": dump([pod, service]),
        "list.json": json.dumps({"kind": "List", "items": [pod, service]}, indent=1),
        "typed.json": json.dumps({"kind": "PodList", "items": [bare, bare]}),
        "lines.json": f"{json.dumps(pod)}\n{json.dumps(service)}\n",
        "array.json": json.dumps([pod, service]),
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    found = {}
    for fact in Inventory.load(tmp_path).facts:
        found.setdefault(fact.source.file.rpartition("/")[2], []).append((type(fact), fact.name))
    assert found == {
        name: [(Pod, "web-2")] * 2 if "typed" in name else [(Pod, "web-1"), (Service, "web")] for name in texts
    }


def test_yaml_in_a_session():
    """An object ends where prose begins, and another may follow; both keep the lines of the session."""
    prose = "And this is what it looks like:\n"
    text = f"root@kind:~# kubectl get pod web-1 -o yaml\n{dump(POD)}{prose}{dump(POD)}"
    parsed = objects.parse(numbered(text)[1:], Host(None), "x", "kubectl get pod web-1 -o yaml")
    assert names(parsed) == [("web-1", 7), ("web-1", 14)]
    assert [line for _, line in parsed.rest] == [prose.strip()]


def test_what_stands_before_a_break():
    """JSON that ends in the middle of a list gives what stood before; YAML all items but the broken one."""
    text = json.dumps({"items": [POD, POD]}, indent=1)
    assert len(read(text[:-20]).facts) == 1
    broken = dump({"items": [POD, {**POD, "kind": "["}, POD]}).replace("'['", "[")
    parsed = read(broken)
    assert len(parsed.facts) == 2
    assert [note.kind for note in parsed.notes] == ["broken"]
    assert parsed.notes[0].line in range(8, 14)  # of the second item, which has six lines


@pytest.mark.parametrize(
    "text",
    [
        "kind: List\nitems:\n- kind: Pod\n  metadata:\n    name: a\n    name: b\n- kind: Pod\n  metadata: {name: c}\n",
        (
            '{"items": [{"kind": "Pod", "metadata": {"name": "a",\n "name": "b"}},\n'
            ' {"kind": "Pod", "metadata": {"name": "c"}}]}'
        ),
    ],
    ids=["yaml", "json"],
)
def test_a_key_that_stands_twice(text):
    """Nobody knows which of both is meant: the object is left out, with its line, and the next is read."""
    parsed = read(text)
    assert [fact.name for fact in parsed.facts] == ["c"]
    assert [note.kind for note in parsed.notes] == ["broken"]
    assert "'name' stands twice" in parsed.notes[0].why
    assert parsed.notes[0].line == (1 if text.startswith("{") else 6)


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(12)
)
HEAD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web-1\n"
HOSTILE = {
    "aliases": HEAD + "status:\n  podIPs: *l\n" + BOMB,
    "bomb-of-values": "kubeProxyReplacement: true\n" + BOMB,
    "bomb-of-a-pool": "apiVersion: projectcalico.org/v3\nkind: IPPool\nmetadata: {name: x}\nspec:\n"
    + "".join(f"  {line}\n" for line in BOMB.splitlines()),
    "recursive": HEAD + "spec: &s\n  nodeName: *s\n  containers: *s\nstatus: *s\n",
    "recursive-values": "kubeProxyReplacement: &k\n  again: *k\n  list: [*k, *k]\n",
    "merge": HEAD + "status:\n  <<: {podIP: 10.0.0.9}\n",
    "deep-flow": HEAD + "spec: " + "[" * 100_000,
    "deep-block": HEAD + "spec:\n" + "".join(" " * min(n, 2000) + "- \n" for n in range(1, 3000)),
    "deep-dashes": HEAD + "spec:\n  " + "- " * 100_000,
    "deep-json": "[" * 100_000,
    "deep-json-object": '{"a":' * 100_000,
    "tag": HEAD + "spec: !!python/object/apply:os.system ['false']\n",
    "numbers": '{"kind": "Service", "metadata": {"name": "x"}, "spec": {"ports": [{"port": ' + "9" * 5000 + "}]}}",
    "yaml-number": HEAD + "status: {startTime: " + "9" * 5000 + "}\n",
    "infinity": '{"kind": "Pod", "metadata": {"name": NaN}, "status": {"podIP": -Infinity}}',
    "nul": HEAD + "status: {podIP: \x00}\n",
    "no-list": '{"kind": "PodList", "items": {"a": 1}}',
    "items-of-nothing": '{"kind": "PodList", "items": [' + "1," * 1_000_000 + "1]}",
    "items-of-yaml": "kind: PodList\nitems:\n" + "- 1\n" * 30_000,
    "many-items": '{"kind": "PodList", "items": [' + '{"metadata":{}},' * 100_000 + "{}]}",
    "long-name": HEAD.replace("web-1", "x" * 1_000_000),
    "escapes": '{"kind": "Pod", "metadata": {"name": "\\u001b]0;x\\u0007"}}',
    "surrogate": '{"kind": "Pod", "metadata": {"name": "\\ud800"}}',
    "one-key": HEAD + "spec:\n  " + "a" * 1_000_000 + ": 1\n",
    "many-keys": HEAD + "spec:\n" + "".join(f"  k{n}: 1\n" for n in range(100_000)),
    "complex-key": HEAD + "? [a]\n: b\n",
    "backends": '{"kind": "EndpointSlice", "ports": ['
    + ",".join(f'{{"port": {n}}}' for n in range(3000))
    + '], "endpoints": ['
    + ",".join(f'{{"addresses": ["10.0.{n >> 8}.{n & 255}"]}}' for n in range(3000))
    + "]}",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile(name):
    """No text crashes, hangs, or becomes more facts and notes than a machine can hold."""
    start = time.process_time()
    text, command = HOSTILE[name], "helm get values cilium"
    parsed = objects.parse_text(text, Host(None), "x", command) or objects.parse(
        numbered(text), Host(None), "x", command
    )
    assert time.process_time() - start < 20
    assert len(parsed.facts) <= 400_000
    assert len(parsed.notes) <= 1500
    for fact in parsed.facts:
        assert_typed(fact)
    assert all(len(getattr(fact, "name", "")) < 300 for fact in parsed.facts)


def test_nothing_is_constructed():
    """A tag makes no object, merge keys merge nothing, and an alias is the value itself."""
    (value,) = yaml_text.load("a: !!python/object/apply:os.getcwd []\nb: &b {c: 010}\nd: *b\n<<: *b\ne: !!int '7'\n")
    assert value == {"a": [], "b": {"c": "010"}, "d": {"c": "010"}, "<<": {"c": "010"}, "e": "7"}
    assert value["d"] is value["b"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1284", 1284),
        ("-3", -3),
        ("'1284'", "1284"),
        ("null", None),
        ("~", None),
        ("", None),
        ("true", True),
        ("yes", "yes"),  # a boolean in YAML 1.1 only, and kubectl quotes it
        ("0x10", "0x10"),
        ("1.5", "1.5"),
        ("2024-07-12T07:02:51Z", "2024-07-12T07:02:51Z"),
        ("10:20:30", "10:20:30"),
    ],
)
def test_scalars(text, value):
    """Only whole decimal numbers, booleans and null are no text."""
    assert yaml_text.load(f"a: {text}\n") == [{"a": value}]


TYPES = {
    "name": str,
    "node": (str, type(None)),
    "pod": (str, type(None)),
    "namespace": (str, type(None)),
    "status": (str, type(None)),
    "key": str,
    "value": str,
    "ip": (IP, type(None)),
    "node_ip": (IP, type(None)),
    "prefix": Prefix,
    "port": (int, type(None)),
    "id": (int, type(None)),
    "identity": (int, type(None)),
    "number": int,
    "since": (int, type(None)),
    "until": (int, type(None)),
    "container": (str, type(None)),
    "source": Source,
}


def assert_typed(fact):
    """Each field has a value of its type."""
    assert type(fact) in FACTS
    hash(fact)
    for name, kind in TYPES.items():
        if hasattr(fact, name):
            assert isinstance(getattr(fact, name), kind), (name, fact)
    for name in ("ips", "cluster_ips", "external_ips"):
        assert all(isinstance(ip, IP) for ip in getattr(fact, name, ()))
    for name in ("labels", "selector"):
        assert all(isinstance(label, str) for label in getattr(fact, name, ()))
    assert isinstance(fact.words, str)


def examples():
    """The objects of all cases."""
    for path in CASES:
        if not is_flat(text := path.read_text()):
            for document in yaml.safe_load_all(text):
                yield from document.get("items") or [document]


def places(value, path=()):
    """The paths of all values in a tree."""
    yield path
    for key, each in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(each, (*path, key))


EXAMPLES = [(value, path) for value in examples() for path in places(value) if path]
OTHER = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["", "x", "None", "10.0.0.1", "\x1b"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["ip", "name", "x"]), inner, max_size=3)
    ),
    max_leaves=5,
)


@settings(max_examples=400)
@given(example=st.sampled_from(EXAMPLES), other=OTHER, shape=st.sampled_from(["json", "yaml"]))
def test_any_value_anywhere(example, other, shape):
    """Whatever stands in an object in place of a value, nothing raises and facts stay well-typed."""
    value, path = example
    value = copy.deepcopy(value)
    holder = value
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = other
    text = json.dumps(value) if shape == "json" else yaml.safe_dump(value)
    for command in (None, "kubectl get pods -o yaml"):
        parsed = objects.parse_text(text, Host(None), "x", command)
        for fact in parsed.facts if parsed else ():
            assert_typed(fact)


def test_every_place_is_tried():
    """The examples above hold every kind that is read."""
    kinds = {value.get("kind") for value, _ in EXAMPLES}
    assert {"Pod", "Node", "Service", "EndpointSlice", "Endpoints", "CiliumNode", "CiliumEndpoint"} <= kinds
    assert {"CiliumEndpointSlice", "CiliumIdentity", "ConfigMap", "IPPool", "Installation"} <= kinds


def test_unread_keys_are_counted():
    """A key that nobody knows becomes one note with the number of objects that have it and the line of the first."""
    pods = [{**POD, "spec": {"nodeName": "a", "frozen": True}} for _ in range(3)]
    parsed = read(dump({"apiVersion": "v1", "items": pods, "kind": "List"}))
    assert [(note.kind, note.why, note.line, note.count) for note in parsed.notes] == [
        ("unknown-key", "not read: Pod.spec.frozen (3 times)", 8, 3)
    ]


def test_a_number_is_no_name():
    """An identity is a number in quotes; a pod whose name is a number is none."""
    identity = "apiVersion: cilium.io/v2\nkind: CiliumIdentity\nmetadata:\n  name: {}\n"
    assert [type(fact) for fact in read(identity.format('"10398"')).facts] == [Identity]
    assert [note.kind for note in read(identity.format("10398")).notes] == ["bad-value"]


def test_only_long_objects_are_shortened():
    """Blocks are left out of pods, also in a typed list, but not of an object whose every key is a setting."""
    block = "spec:\n  tolerations:\n  - key: x\n"
    for head, kind, cut in (
        ("kind: Pod\n", None, True),
        ("", "Pod", True),
        ("kind: Installation\n", None, False),
        ("", None, False),
        ("kind: Pod\nkind: IPPool\n", None, False),
    ):
        text = head + "metadata: {}\n" + block
        short = yaml_parts.without_unread(text, kind)
        assert ("tolerations" not in short) is cut
        assert short.count("\n") == text.count("\n")
