"""What stands in the BPF maps of endpoints, of the ipcache, of tunnels and of services?

Run `kubectl -n kube-system exec ds/cilium -- cilium-dbg bpf endpoint list`, and `bpf ipcache list`, `bpf tunnel list`
(up to v1.17), `bpf lb list`: MACs and device of each local endpoint, identity and node of each address, backends of
each service.

Law: a row is a key and a value; a row without a key belongs to the key above it. What a value is shows in its form, but
for tunnels, which a header or the command must name. Sources: cilium, cilium-dbg/cmd/helpers.go (TablePrinter),
bpf_endpoint_list.go, bpf_ipcache_list.go, bpf_lb_list.go, map_get.go.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import Fact, Host, Source
from vxlan_dissect.inventory.sources import cilium_values as values
from vxlan_dissect.inventory.sources.base import Line, Parsed, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = ("bpf endpoint list", "bpf ipcache list", "bpf tunnel list", "bpf lb list", "map get")
TUNNELS = ("bpf tunnel list", "map get cilium_tunnel_map")
_HEADERS = (["IP", "ADDRESS"], ["IP", "PREFIX/ADDRESS"], ["SERVICE", "ADDRESS"], ["TUNNEL", "VALUE"], ["Key", "Value"])
_SIGNS = re.compile(
    r"nodemac=|\(localhost\)|encryptkey=\d+ tunnelendpoint=|^(?:IP PREFIX/|SERVICE )ADDRESS|^TUNNEL +VALUE",
    re.MULTILINE,
)
_STATE = re.compile(r" (?:sync|to-be-\w+)\Z")  # the column `State` of `map get`


def accepts(command: str | None, text: str) -> bool:
    """Text of a dump of one of these maps; without a command, a value or a header that only they have."""
    if command is not None:
        return values.is_agent_command(command, *COMMANDS, json=False)
    return _SIGNS.search(text) is not None


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """CiliumEndpoint, CacheEntry and Backend facts."""
    tunnels = values.is_agent_command(command, *TUNNELS, json=False)
    found = Parsed([], [], [])
    frontend: str | None = None
    for number, line in lines:
        words = words_of(line)
        if words[:2] in _HEADERS:
            tunnels |= words[0] == "TUNNEL"
            continue
        row, source = _STATE.sub("", " ".join(words)), Source(file, number)
        balanced = None if tunnels else values.balanced(row)
        if balanced is not None:
            frontend = balanced[0] or frontend
            fact: Fact | None = values.backend(source, frontend, balanced[1]) if frontend and balanced[1] else None
        else:
            key, _, value = row.partition(" ")
            fact = values.entry(host, source, key, value, tunnels=tunnels)
        if fact is not None:
            found.facts.append(fact)
        elif words and balanced is None and row != "No entries found.":
            found.rest.append((number, line))
    return found
