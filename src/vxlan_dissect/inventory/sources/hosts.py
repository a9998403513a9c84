"""What does a list of hosts call the addresses?

Run `cat /etc/hosts` in a pod or on a node; Wireshark's `hosts` has the same form.

Law: each name of a line is a fact; loopback, multicast and other addresses that every such file has are none, since
they are nobody's. Sources: hosts(5); kubernetes, pkg/kubelet/kubelet_pods.go (managedHostsFileContent).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import Host, Name, Source
from vxlan_dissect.inventory.sources.base import Line, Parsed, ip_or_none, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vxlan_dissect.addresses import IP

_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9_.])?\Z")
_NO_NAMES = frozenset(("dev", "via", "lladdr"))  # of iproute2's lines, which begin with an address too
_LOCAL = re.compile(r"^[ \t]*(?:127\.0\.0\.1|::1)\s+[\w.-]*localhost|^# Kubernetes-managed hosts file", re.MULTILINE)


def accepts(command: str | None, text: str) -> bool:
    """A file `hosts`; without a command, a text that has the line of localhost or the kubelet's comment."""
    if command is not None:
        words = command.split()
        return words == ["hosts"] or (words[:1] == ["cat"] and words[1:] == ["/etc/hosts"])
    return _LOCAL.search(text) is not None


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """Name facts."""
    del host, command  # whoever has the list, it speaks of others
    found = Parsed([], [], [])
    for number, line in lines:
        words = words_of(line.partition("#")[0])
        ip = ip_or_none(words[0].partition("%")[0]) if len(words) > 1 else None
        if ip is None or words[1] in _NO_NAMES or not all(_NAME.match(word) for word in words[1:]):
            if words_of(line) and (words or not line.lstrip().startswith("#")):
                found.rest.append((number, line))
        elif not _is_nobodys(ip):
            found.facts.extend(Name(name, Source(file, number), ip=ip) for name in words[1:])
    return found


def _is_nobodys(ip: IP) -> bool:
    """`fe00::0 ip6-localnet` up to `fe00::2 ip6-allrouters` stand in the file of every Linux host."""
    return (
        ip.is_loopback or ip.is_multicast or ip.is_unspecified or (ip.version == 6 and ip.value >> 8 == 0xFE00 << 104)
    )
