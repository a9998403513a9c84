"""How does the same scenario look with other names, addresses and times?

Law: one mapping for captures and inventory, that keeps what a network's behaviour rests on: prefixes, the last 24 bits
of addresses (solicited-node groups), EUI-64 forms, MACs that a CNI fixes (ee:ee:…), device names that a CNI fixes, the
prefixes of the others, and whether a checksum was right, partial or wrong.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import json
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.capture.writers import Frame, write_pcap
from tests.diagnose.packets import SLL2, rewritten
from tests.diagnose.truth import folder_of, inventory_folder
from tests.explain.rewrite import frames_of
from vxlan_dissect import Inventory

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.diagnose.truth import Truth

LATER = 400 * 86_400 * 1_000_000_000  # ns
KEPT_MACS = {b"\xee" * 6, b"\xff" * 6, bytes(6)}
IPV4 = re.compile(r"(?<![\w.])(\d{1,3}(?:\.\d{1,3}){3})(?:/(\d{1,2}))?(?![\w.])")
COLONS = re.compile(r"(?<![\w:.])([0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7})(?:/(\d{1,3}))?(?![\w:])")
NIC = "eno3"  # what the NIC of a node is called instead


def mac(old: bytes) -> bytes:
    """Another vendor; group addresses and fixed MACs stay."""
    if old[0] & 1 or old in KEPT_MACS or len(old) < 6:
        return old
    return bytes((old[0], old[1] ^ 0x35, old[2] ^ 0x4A)) + old[3:]


def ip(old: bytes) -> bytes:
    """Another prefix in the same private range; what is not private or is a group stays."""
    if len(old) == 4:
        first, second = old[0], old[1]
        mask = {10: (0, 21, 42, 0), 172: (0, 5, 11, 0), 192: (0, 0, 77, 0)}.get(first, (0, 0, 0, 0))
        private = first == 10 or (first == 172 and 16 <= second < 32) or (first == 192 and second == 168)
        return bytes(a ^ b for a, b in zip(old, mask, strict=True)) if private else old
    if len(old) < 16 or old[0] == 0xFF or not any(old[:8]):
        return old
    host = old[8:]
    if host[3:5] == b"\xff\xfe":
        there = mac(bytes((host[0] ^ 2,)) + host[1:3] + host[5:])
        host = bytes((there[0] ^ 2,)) + there[1:3] + b"\xff\xfe" + there[3:]
    net = old[:8] if old[0] == 0xFE else old[:2] + bytes((old[2] ^ 0x0A, old[3] ^ 0x0C)) + old[4:8]
    return net + host


def text(old: str, names: dict[str, str]) -> str:
    """A host's output with every name and address replaced."""
    if names:
        words = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
        old = re.sub(rf"(?<![\w-])({words})(?![\w-])", lambda found: names[found[1]], old)
    return COLONS.sub(_colons, IPV4.sub(_dotted, old))


def _dotted(found: re.Match[str]) -> str:
    try:
        return _prefix(ipaddress.IPv4Address(found[1]), found[2])
    except ValueError:
        return found[0]


def _colons(found: re.Match[str]) -> str:
    if re.fullmatch(r"(?:[0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}", found[1]):
        return mac(bytes.fromhex(found[1].replace(":", ""))).hex(":")
    try:
        return _prefix(ipaddress.IPv6Address(found[1]), found[2])
    except ValueError:
        return found[0]


def _prefix(old: ipaddress.IPv4Address | ipaddress.IPv6Address, length: str | None) -> str:
    new = ipaddress.ip_address(ip(old.packed))
    if length is None:
        return str(new)
    whole = int(old) & ((1 << (old.max_prefixlen - int(length))) - 1) == 0
    return str(ipaddress.ip_network(f"{new}/{length}", strict=False)) if whole else f"{new}/{length}"


def names_of(name: str) -> tuple[dict[str, str], set[str]]:
    """New names for nodes, pods and host ends of pods of a scenario's network, and what its nodes call their NICs."""
    folder = folder_of(name)
    assert folder is not None
    told = json.loads((folder.parent / "topology.json").read_text(encoding="utf-8"))
    family = next((key for key in told.get("families", {}) if name.startswith(f"{key}-")), None)
    told = told["families"][family] if family else told
    names = {node: f"rack{number}-host" for number, node in enumerate(told["nodes"], 7)}
    pods = dict(told.get("pods") or {})
    for about in told["nodes"].values():
        pods |= about.get("pods") or {}
    for number, (pod, own) in enumerate(pods.items(), 3):
        names[pod] = f"svc{number}-zz{number}"
        device = own.get("lxc") or own["hostif"]
        prefix = re.match("lxc|veth|cali|tap|vp|", device)
        assert prefix is not None
        kept = prefix[0] or device
        names[device] = kept + "".join(
            f"{int(c, 16) ^ 5:x}" if c in "0123456789abcdef" else c for c in device[len(kept) :]
        )
    return names, {"eth0", "ens5"}


def point(old: str, names: dict[str, str], nics: set[str]) -> str:
    """The new name of a capture point."""
    node, _, device = old.partition(".")
    if not device:
        return old
    node = names.get(node, node)
    if device.startswith("pod-"):
        pod, _, inside = device.removeprefix("pod-").rpartition(".")
        return f"{node}.pod-{names.get(pod, pod)}.{inside}"
    return f"{node}.{NIC if device in nics else names.get(device, device)}"


def renamed(truth: Truth, target: Path) -> tuple[Truth, dict[str, Path], Inventory]:
    """A scenario written again under `target`: what is true of it now, its captures by point, its inventory."""
    names, nics = names_of(truth.name)
    new = lambda old: point(old, names, nics)  # noqa: E731
    folder = folder_of(truth.name)
    assert folder is not None
    captures = {}
    for path in sorted(folder.glob("*.pcap")):
        frames, linktype = frames_of(path)
        moved = [Frame(rewritten(one.data, linktype, ip, mac), one.time + LATER, one.original) for one in frames]
        captures[new(path.stem)] = target / f"{new(path.stem)}.pcap"
        captures[new(path.stem)].write_bytes(write_pcap(reordered(moved, linktype), linktype, nanosecond=True))
    return mapped(truth, new), captures, inventory(truth.name, names, nics)


_INVENTORIES: dict[Path, Inventory] = {}


def inventory(name: str, names: dict[str, str], nics: set[str]) -> Inventory:
    """The inventory of a scenario with everything renamed; one a network is kept."""
    source = inventory_folder(name)
    if source not in _INVENTORIES:
        nic = dict.fromkeys(nics, NIC)
        with tempfile.TemporaryDirectory() as made:
            for path in sorted(source.rglob("*")):
                if path.is_file() and path.name != "topology.json":
                    inside = path.relative_to(source)
                    in_pod = any(part.startswith("pod-") for part in inside.parts)
                    words = names if in_pod else names | nic
                    there = Path(made, *(_renamed_part(part, names) for part in inside.parts[:-1]), path.name)
                    there.parent.mkdir(parents=True, exist_ok=True)
                    there.write_text(text(path.read_text(encoding="utf-8"), words), encoding="utf-8")
            _INVENTORIES[source] = Inventory.load(made)
    return _INVENTORIES[source]


def _renamed_part(part: str, names: dict[str, str]) -> str:
    if part.startswith("pod-"):
        return f"pod-{names.get(part[4:], part[4:])}"
    return names.get(part, part)


def reordered(frames: list[Frame], linktype: int) -> list[Frame]:
    """Frames that several interfaces captured at the same time stand in another order of the interfaces."""
    if linktype != SLL2:
        return frames
    order = sorted(enumerate(frames), key=lambda item: (_first_at(frames, item[0]), item[1].data[4:8][::-1]))
    return [frame for _, frame in order]


def _first_at(frames: list[Frame], index: int) -> int:
    while index and frames[index - 1].time == frames[index].time:
        index -= 1
    return index


def mapped(truth: Truth, new: Callable[[str], str]) -> Truth:
    """The truth with other names of points."""
    losses = tuple(
        dataclasses.replace(
            loss,
            last=new(loss.last) if loss.last else None,
            missing=tuple(map(new, loss.missing)),
            way=dataclasses.replace(loss.way, hops=tuple(map(new, loss.way.hops)), back=tuple(map(new, loss.way.back))),
        )
        for loss in truth.losses
    )
    return dataclasses.replace(truth, losses=losses, known=frozenset(map(new, truth.known)))
