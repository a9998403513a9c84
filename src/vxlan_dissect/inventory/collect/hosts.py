"""Which pods and devices are asked?

Law: what kubectl printed is text from outside: a name that Kubernetes does not allow never becomes a word of a command.
"""

from __future__ import annotations

import json
from typing import NamedTuple

from vxlan_dissect.inventory.collect import plan
from vxlan_dissect.inventory.collect.folder import is_device, is_name

NO_NAME = "not a name that Kubernetes allows"


class Pod(NamedTuple):
    """A pod that runs; `host` where it is on its node's network."""

    namespace: str
    name: str
    node: str
    host: bool
    containers: tuple[str, ...]

    @property
    def place(self) -> str:
        """What a reader calls it."""
        return f"pod {self.namespace}/{self.name}"


def pod_of(line: str) -> Pod | str | None:
    """A line of `plan.LIST_PODS`: the pod, None where it does not run, or in words what is wrong with it."""
    words = line.split()
    if not words:
        return None
    if len(words) != len(plan.COLUMNS):
        return "not a line of the table that was asked for"
    namespace, name, node, host, phase, containers = words
    if phase != "Running" or node == "<none>":
        return None
    names = tuple(containers.split(","))
    if not all(map(is_name, (namespace, name, node, *names))):
        return NO_NAME
    return Pod(namespace, name, node, host == "true", names)


def rank(pod: Pod) -> tuple[int, str, str]:
    """How soon a pod is asked about its node: agents in the order of `plan.AGENTS`, then all others."""
    agents = list(plan.AGENTS)
    best = min((agents.index(name) for name in pod.containers if name in plan.AGENTS), default=len(agents))
    return best, pod.namespace, pod.name


def containers(pod: Pod) -> list[str]:
    """The containers of a pod, those of agents first."""
    return sorted(pod.containers, key=lambda name: name not in plan.AGENTS)


def devices(path: str) -> list[str]:
    """The devices of a node that more is asked of: tunnels, and those with a global address; from `ip -j -d address`.

    None where that was not answered in JSON.
    """
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            links = json.load(file)
    except (OSError, ValueError, RecursionError):
        return []
    found = [link["ifname"] for link in links if _matters(link)] if isinstance(links, list) else []
    return [name for name in found if isinstance(name, str) and is_device(name)][: plan.MOST_DEVICES]


def _matters(link: object) -> bool:
    if not isinstance(link, dict) or "ifname" not in link:
        return False
    flags, info, addresses = (link.get(key) for key in ("flags", "linkinfo", "addr_info"))
    if isinstance(flags, list) and "LOOPBACK" in flags:
        return False
    kind = info.get("info_kind") if isinstance(info, dict) else None
    return (isinstance(kind, str) and kind in plan.TUNNELS) or any(
        isinstance(address, dict) and address.get("scope") == "global"
        for address in (addresses if isinstance(addresses, list) else ())
    )
