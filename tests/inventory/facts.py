"""How do the tests of the inventory write facts down?

As in the files of `data`: a dict with the type, the lines and the fields that are not at their default, addresses as
text. `host` is left out where all facts of a case have one.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from vxlan_dissect.addresses import IP, Prefix, format_mac, parse_ip
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.model import Address, Host, Interface, Source
from vxlan_dissect.inventory.session import transcript

WORKER = "cilium-dual-stack-worker"
NODE, POD = Host("node-7"), Host("node-7", "web-1")


def plain(fact, *, host=False):
    """A fact as the dict that a file of `data` holds."""
    found = {"type": type(fact).__name__, "line": fact.source.line}
    for name, value in fact._asdict().items():
        if name == "source" or (name == "host" and not host):
            continue
        if name == "index_source":
            if value is not None:
                found["index_line"] = value.line
        elif value != type(fact)._field_defaults.get(name, ...):
            found[name] = text(name, value)
    return found


def text(name, value):
    """A field's value as JSON holds it."""
    if name in {"mac", "lxc_mac"} and value is not None:
        return format_mac(value)
    if isinstance(value, IP | Prefix):
        return str(value)
    if isinstance(value, Host | Source):
        return list(value)
    if isinstance(value, tuple):
        return [text("", item) for item in value]
    return value


def numbered(lines):
    """Lines of a text with their numbers, as the sources take them."""
    return list(enumerate(lines.split("\n") if isinstance(lines, str) else lines, 1))


def inventory_of(text, name="session.txt"):
    """The inventory of a pasted session."""
    parsed = transcript.parse(numbered(text), Host(None), name)
    return Inventory(parsed.facts, parsed.notes)


def at(line):
    """A place in a file."""
    return Source("f", line)


def device(host, name, line, **more):
    """An interface fact."""
    return Interface(host, name, more.pop("index", None), more.pop("mac", None), at(line), **more)


def address(host, name, text, line, length=32):
    """An address fact."""
    return Address(host, name, parse_ip(text), length, at(line))


def loaded(files):
    """The inventory of files, given as their names and texts, that lie together in a folder of their own."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in files]
        for path, text in zip(paths, files.values(), strict=True):
            path.write_text(text, encoding="utf-8")
        return Inventory.load(*paths)
