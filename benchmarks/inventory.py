"""How long do a large inventory and its join to a large capture take?

Law: figures are printed, never asserted; each step is timed alone, in a process of its own for the memory's peak. Run
`python benchmarks/inventory.py FOLDER [CAPTURE]`: it writes 200 nodes, 5,000 pods and 40,000 interfaces below FOLDER,
as `ip` prints them (text, JSON) and as kubectl lists them, and a capture of their addresses where none is given.
"""

from __future__ import annotations

import json
import random
import resource
import struct
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

NODES, PODS_OF_NODE, DEVICES_OF_NODE = 200, 25, 125  # with two interfaces of each pod 200 * (150 + 2 * 25) = 40,000
PACKETS = 1_000_000


def mac(*numbers: int) -> str:
    """A locally administered MAC made of numbers."""
    value = 0
    for number in numbers:
        value = value * 1000 + number
    return (0x02 << 40 | value).to_bytes(6, "big").hex(":")


def devices(node: int) -> list[dict[str, object]]:
    """The devices of a node as `ip -j address` gives them: a card, pods' host ends, and others."""
    found: list[dict[str, object]] = [device(1, "lo", "00:00:00:00:00:00", ["127.0.0.1/8"])]
    found.append(device(2, "eth0", mac(node, 2), [f"172.18.{node >> 8}.{node & 255}/16"]))
    for pod in range(PODS_OF_NODE):
        index = 10 + pod
        found.append(device(index, f"lxc{node:04x}{pod:08x}", mac(node, index), [], link_index=index + 1000))
    others = range(DEVICES_OF_NODE - 2)
    return found + [device(100 + extra, f"veth{extra:08x}", mac(node, 100 + extra), []) for extra in others]


def device(index: int, name: str, address: str, addresses: list[str], **more: object) -> dict[str, object]:
    """One device."""
    infos = []
    for text in addresses:
        ip, _, length = text.partition("/")
        family = "inet6" if ":" in ip else "inet"
        infos.append({"family": family, "local": ip, "prefixlen": int(length), "scope": "global"})
    return {
        "ifindex": index, "ifname": name, "flags": ["BROADCAST", "MULTICAST", "UP", "LOWER_UP"], "mtu": 1500,
        "qdisc": "noqueue", "operstate": "UP", "group": "default", "link_type": "ether", "address": address,
        "broadcast": "ff:ff:ff:ff:ff:ff", **more, "addr_info": infos,
    }  # fmt: skip


def pod_ip(node: int, pod: int) -> tuple[str, str]:
    """A pod's IPv4 and IPv6 address."""
    return f"10.{128 + (node >> 8)}.{node & 255}.{pod + 2}", f"fd00:10:{node:x}::{pod + 2:x}"


def pod_devices(node: int, pod: int) -> list[dict[str, object]]:
    """The devices of a pod."""
    four, six = pod_ip(node, pod)
    own = device(1010 + pod, "eth0", mac(node, 500 + pod), [f"{four}/32", f"{six}/128"], link_index=10 + pod)
    return [device(1, "lo", "00:00:00:00:00:00", ["127.0.0.1/8"]), own]


def as_text(found: list[dict[str, object]]) -> str:
    """Devices as `ip address` prints them."""
    lines = []
    for each in found:
        peer = f"@if{each['link_index']}" if "link_index" in each else ""
        flags = ",".join(each["flags"])  # type: ignore[arg-type]
        lines.append(f"{each['ifindex']}: {each['ifname']}{peer}: <{flags}> mtu 1500 qdisc noqueue state UP")
        lines.append(f"    link/ether {each['address']} brd ff:ff:ff:ff:ff:ff")
        infos: list[dict[str, object]] = each["addr_info"]  # type: ignore[assignment]
        lines += [f"    {info['family']} {info['local']}/{info['prefixlen']} scope {info['scope']}" for info in infos]
    return "\n".join(lines) + "\n"


def write(folder: Path) -> None:
    """Write the inventory three times: text, JSON, and what kubectl lists."""
    table = ["NAMESPACE NAME READY STATUS RESTARTS AGE IP NODE NOMINATED NODE READINESS GATES"]
    items = []
    for node in range(1, NODES + 1):
        name = f"node-{node:03d}"
        places = {"": devices(node)}
        for pod in range(PODS_OF_NODE):
            places[f"pod-app-{node:03d}-{pod:02d}/"] = pod_devices(node, pod)
            four, six = pod_ip(node, pod)
            table.append(f"shop app-{node:03d}-{pod:02d} 1/1 Running 0 3d {four} {name} <none> <none>")
            status = {"phase": "Running", "podIP": four, "podIPs": [{"ip": four}, {"ip": six}]}
            metadata = {"name": f"app-{node:03d}-{pod:02d}", "namespace": "shop", "labels": {"app": "app"}}
            items.append(
                {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"nodeName": name}, "status": status}
            )
        for place, found in places.items():
            for kind, text in (("text", as_text(found)), ("json", json.dumps(found))):
                path = folder / kind / name / place / ("ip-a.txt" if kind == "text" else "ip-j-a.json")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
    (folder / "text" / "kubectl-get-pods-A-o-wide.txt").write_text("\n".join(table) + "\n")
    pods = {"apiVersion": "v1", "items": items, "kind": "List"}
    (folder / "json" / "kubectl-get-pods-A-o-json.json").write_text(json.dumps(pods, indent=4))


def write_capture(path: Path) -> None:
    """Packets of UDP between the pods, each in a frame with its own MACs."""
    chance = random.Random(1)
    begin = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    udp = struct.pack("!HHHH", 5000, 5001, 8, 0)
    frames = []
    for _ in range(20_000):
        ends = [(chance.randint(1, NODES), chance.randrange(PODS_OF_NODE)) for _ in range(2)]
        ips = [bytes(map(int, pod_ip(*end)[0].split("."))) for end in ends]
        macs = [bytes.fromhex(mac(node, 500 + pod).replace(":", "")) for node, pod in ends]
        ip = struct.pack("!BBHHHBBH", 0x45, 0, 28, 0, 0, 64, 17, 0) + ips[0] + ips[1]
        frames.append(macs[1] + macs[0] + b"\x08\x00" + ip + udp)
    with path.open("wb") as file:
        file.write(begin)
        for number in range(PACKETS):
            data = frames[chance.randrange(len(frames))]
            file.write(
                struct.pack("<IIII", 1_700_000_000 + number // 50_000, number % 50_000 * 20, len(data), len(data))
            )
            file.write(data)


def measure(kind: str, capture: str, folders: list[str]) -> None:
    """Load, answer once, join; print the seconds of each and the peak of memory."""
    import pyarrow  # noqa: F401, ICN001  # a library's own start is not what is measured

    import vxlan_dissect as vxd

    times = [time.perf_counter()]
    inventory = vxd.Inventory.load(*folders)
    times.append(time.perf_counter())
    inventory.owners_of_mac(0)
    times.append(time.perf_counter())
    packets = vxd.read(capture)
    times.append(time.perf_counter())
    table = vxd.join(packets, inventory)
    times.append(time.perf_counter())
    steps = [later - earlier for earlier, later in pairwise(times)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    named = table.num_rows - table["src.pod"].null_count
    print(
        f"{kind:10} load {steps[0]:6.2f} s  first answer {steps[1]:6.2f} s  decode {steps[2]:6.2f} s  "
        f"join {steps[3]:6.2f} s  peak {peak} MiB  {len(inventory.interfaces)} interfaces, "
        f"{len(inventory.pod_names())} pods, {named} of {table.num_rows} senders named",
        flush=True,
    )


def main() -> None:
    """Write what is missing and measure each form in a process of its own."""
    folder = Path(sys.argv[1])
    if not (folder / "json").is_dir():
        write(folder)
    capture = Path(sys.argv[2]) if len(sys.argv) > 2 else folder / "pods.pcap"
    if not capture.exists():
        write_capture(capture)
    for kind, parts in (("text", ["text"]), ("json", ["json"]), ("both", ["text", "json"])):
        paths = [str(folder / part) for part in parts]
        subprocess.run([sys.executable, __file__, "--measure", kind, str(capture), *paths], check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        measure(sys.argv[2], sys.argv[3], sys.argv[4:])
    else:
        main()
