"""What is a file most like that no source takes?

Law: a guess reads nothing: it names the command whose words stand in the most lines, and in how many, so that one can
look what was changed in the text, or give the file the name of the command.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.inventory.sources.base import words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vxlan_dissect.inventory.sources.base import Line

_MOST_LINES = 500  # looked at
_FEWEST = 2  # words in a line, and lines in a file, that make a guess
_SIGNS = {
    "ip address": "inet inet6 link/ether mtu qdisc scope valid_lft brd",
    "ip route": "default via dev proto scope link metric src onlink",
    "ip neighbour": "dev lladdr REACHABLE STALE DELAY PERMANENT router FAILED",
    "ip rule": "from all lookup fwmark",
    "bridge fdb show": "dev dst self permanent master vlan extern_learn",
    "nft list ruleset": "table chain hook postrouting masquerade saddr daddr counter",
    "iptables-save": "-A -j -s -d POSTROUTING MASQUERADE :POSTROUTING",
    "ethtool -k": "on off [fixed] on: off:",
    "kubectl get pods -o wide": "READY STATUS RESTARTS AGE 1/1 2/2 Running Pending Completed <none>",
    "kubectl get services": "ClusterIP NodePort LoadBalancer CLUSTER-IP PORT(S) <none>",
    "cilium-dbg bpf endpoint list": "sec_id= flags= ifindex= mac= nodemac= (localhost)",
    "cilium-dbg bpf ipcache list": "identity= encryptkey= tunnelendpoint= flags=",
    "tcpdump": "IP IP6 ARP, > length ICMP6, echo request, reply, Flags ethertype",
}


def best_guess(lines: Sequence[Line]) -> str | None:
    """In words, what the lines are most like; None where the words of no command stand in two of them."""
    counts = dict.fromkeys(_SIGNS, 0)
    signs = {command: frozenset(words.split()) for command, words in _SIGNS.items()}
    known = [line for _, line in lines[:_MOST_LINES] if line.strip()]
    for line in known:
        # `mac=4E:5B` has the word `mac=`.
        words = {word if "=" not in word else f"{word.partition('=')[0]}=" for word in words_of(line)}
        for command, of_command in signs.items():
            counts[command] += len(words & of_command) >= _FEWEST
    command = max(counts, key=counts.__getitem__)
    if counts[command] < _FEWEST:
        return None
    return f"most like the output of `{command}`, whose words are in {counts[command]} of {len(known)} lines"
