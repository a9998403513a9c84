"""Does an inventory file say what the inventory said?"""

from __future__ import annotations

import json

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from vxlan_dissect.addresses import IP, Prefix, parse_ip
from vxlan_dissect.errors import InventoryError
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.model import FACTS, Address, CiliumEndpoint, Host, Interface, Name, Node, Pod, Source, Vtep
from vxlan_dissect.inventory.own import write
from vxlan_dissect.inventory.own.codec import fields
from vxlan_dissect.inventory.own.shape import NODE, OF_CLUSTER, OF_HOST, OF_NODE, POD, schema

FOLDERS = (
    "captures/inventory",
    "captures-versions/inventory-119svc",
    "captures-others/inventory/flannel",
    "captures-others/inventory/calico-vxlan",
    "captures-others/inventory/proxy-gateway",
)


def written(inventory, folder):
    """The inventory written to a file and read again, with the text."""
    text = "".join(f"{line}\n" for line in write(inventory))
    path = folder / "x.inventory.yaml"
    path.write_text(text, encoding="utf-8")
    return Inventory.load(path), text


def said(inventory, kind):
    """The facts of a kind without the lines they stand on."""
    hidden = ("source", "index_source")
    return {tuple((k, v) for k, v in fact._asdict().items() if k not in hidden) for fact in inventory.of(kind)}


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_is_written_is_read_again(folder, shared_dir, tmp_path):
    """Every fact comes back, and nothing else but that an entry of a pod or node names it."""
    inventory = Inventory.load(shared_dir / folder)
    again, text = written(inventory, tmp_path)
    assert again.notes == ()
    for kind in FACTS:
        if kind in (Node, Pod):
            assert said(inventory, kind) <= said(again, kind)
            assert {fact.name for fact in again.of(kind)} == set(
                inventory.pod_names() if kind is Pod else inventory.node_names()
            )
        else:
            assert said(again, kind) == said(inventory, kind), kind
    jsonschema.validate(yaml.safe_load(text), schema())
    assert again.graph.number_of_nodes() == inventory.graph.number_of_nodes()


def test_lines_keep_where_they_came_from(article_dir, tmp_path):
    """A fact of the file names its line there and the first line of all, also after it is written twice."""
    inventory = Inventory.load(article_dir)
    again, _ = written(inventory, tmp_path)
    twice, _ = written(again, tmp_path)
    for one in (again, twice):
        (owner,) = one.owners_of_mac(0xA279144780B3)
        assert owner.fact.source.why.endswith("session.txt:98")
        assert str(owner.fact.source).startswith(str(tmp_path / "x.inventory.yaml"))
        assert (owner.interface, owner.serves) == ("lxc237a31216c0f", "cni-7t9p4")


@pytest.fixture
def article_dir(captures_dir):
    """The inventory of the stored capture of two pods of a dual-stack cluster."""
    return captures_dir / "dual-stack-ping6" / "inventory"


def test_what_follows_is_written_once(tmp_path):
    """The interfaces that an endpoint stands for are not written beside it: they follow again."""
    endpoint = CiliumEndpoint(
        Host("worker"), Source("e", 1), (IP(4, 0x0AF401E9),), pod="web", mac=7, lxc_mac=8, lxc_index=19, lxc_name="lxc1"
    )
    vtep = Vtep("worker", 9, "flannel.1", Source("e", 2))
    inventory = Inventory([endpoint, vtep])
    again, text = written(inventory, tmp_path)
    assert text.count("mac:") == 3
    assert said(again, Interface) == said(inventory, Interface)


def test_inferred_facts_stay_inferred(tmp_path):
    """A fact that frames let infer is not made a given one by being written down."""
    source = Source("1.cap", 0, (3, 7), "NS and NA of (both) 'pods'", "likely")
    again, _ = written(Inventory([Interface(Host("worker"), "eth0", None, 5, source)]), tmp_path)
    (interface,) = again.interfaces
    assert interface.source.frames == (3, 7)
    assert interface.source.why == source.why
    assert again.owners_of_mac(5)[0].confidence == "likely"


def test_what_is_nobody_s_stays_so(tmp_path):
    """An address of a host that is not known is not given to the one host that the file names."""
    facts = [
        Address(Host("node-7", "web-1"), "eth0", parse_ip("10.0.0.9"), 32, Source("f", 1)),
        Address(Host(None), "tunnel device", parse_ip("10.0.0.1"), 32, Source("f", 2)),
    ]
    file = tmp_path / "lab.inventory.yaml"
    file.write_text("\n".join(write(Inventory(facts))), encoding="utf-8")
    assert {str(fact.ip): fact.host for fact in Inventory.load(file).addresses} == {
        "10.0.0.9": Host("node-7", "web-1"),
        "10.0.0.1": Host(None),
    }


def test_nothing_in_it(tmp_path):
    """A file that was written of nothing, as of a capture without packets, is read as an empty inventory."""
    file = tmp_path / "lab.inventory.yaml"
    file.write_text("\n".join(write(Inventory())), encoding="utf-8")
    assert (Inventory.load(file).facts, Inventory.load(file).notes) == ((), ())


def test_every_kind_of_fact_has_one_section():
    """A new kind of fact cannot be forgotten in the file."""
    kinds = [section.kind for section in (*OF_HOST, *OF_NODE, *OF_CLUSTER, NODE, POD)]
    assert sorted(kind.__name__ for kind in kinds) == sorted(kind.__name__ for kind in FACTS)
    for kind in kinds:
        assert fields(kind)


def test_the_schema_is_the_one_that_is_published(root):
    """docs/inventory.schema.json is made from the list of sections."""
    assert json.loads((root / "docs" / "inventory.schema.json").read_text(encoding="utf-8")) == schema()


@given(st.text(min_size=1), st.text(min_size=1))
def test_names_of_any_letters_come_back(tmp_path_factory, node, name):
    """No name breaks out of its place, and none reaches a terminal raw."""
    source = Source("a\x1b[31m", 1)
    inventory = Inventory([Node(node, source), Pod(name, source, node=node), Name(name, source, mac=1)])
    text = "".join(f"{line}\n" for line in write(inventory))
    assert all(line.isprintable() for line in text.split("\n"))
    read = yaml.safe_load(text)
    assert read["nodes"][0]["node"] == node
    assert read["nodes"][0]["pods"][0]["pod"] == name
    assert read["names"][0]["name"] == name


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
_KEYS = ("nodes", "pods", "node", "pod", "interfaces", "addresses", "mac", "name", "ips", "prefix", "from", "since")


@given(st.dictionaries(st.sampled_from(_KEYS), _JSON | st.lists(st.dictionaries(st.sampled_from(_KEYS), _JSON))))
def test_files_of_any_shape_are_notes(tmp_path_factory, body):
    """What is not as it should be becomes a note or, where nothing is of use, an error; never a fault."""
    path = tmp_path_factory.mktemp("own") / "x.inventory.yaml"
    path.write_text(json.dumps({"inventory": 1, **body}), encoding="utf-8")
    try:
        inventory = Inventory.load(path)
    except InventoryError:
        return
    for kind in FACTS:
        for fact in inventory.of(kind):
            assert isinstance(fact.source.line, int)
            for value in fact:
                assert not isinstance(value, float | dict | list)
    assert all(isinstance(fact.prefix, Prefix | None) for fact in inventory.routes)


def test_the_example_of_the_documentation(root, tmp_path):
    """The file in docs/inventory.md is valid, is read without a note, and joins as it says."""
    page = (root / "docs" / "inventory.md").read_text(encoding="utf-8")
    begin = page.index("    inventory: 1\n")
    lines = page[begin:].split("\n\n")[0].split("\n")
    text = "\n".join(line[4:] for line in lines) + "\n"
    jsonschema.validate(yaml.safe_load(text), schema())
    path = tmp_path / "x.inventory.yaml"
    path.write_text(text, encoding="utf-8")
    inventory = Inventory.load(path)
    assert inventory.notes == ()
    (owner,) = inventory.owners_of_mac(0xA279144780B3)
    assert (owner.what, owner.serves, owner.confidence) == ("lxc", "cni-7t9p4", "certain")
    assert inventory.who("10.244.1.154").owners[0].what == "router"
