"""Is a file part of what a collector gathered, and whose is it there?

`cilium sysdump` makes a folder (or zip) `cilium-sysdump-<time>` with the cluster's objects and, for each agent,
`cilium-bugtool-<pod>-<time>/cmd` with what commands printed in that agent's pod; `cilium-bugtool` alone names no pod.
Retina makes `<capture>-<node>-<time>UTC.tar.gz` for each node.

Law: a name is only believed in its whole form. A file that cannot speak of hosts is left out by its name, unread, and
counted. Sources: cilium, cilium-cli/sysdump/constants.go, bugtool/cmd/root.go (runTool, writeCmdToFile); retina,
pkg/capture/file/capture_filename.go, timestamp.go.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.inventory.model import Host
from vxlan_dissect.inventory.model.times import parse_time
from vxlan_dissect.inventory.reading.layout import host_of
from vxlan_dissect.inventory.sources import source_of
from vxlan_dissect.inventory.sources.base import command_of_file

if TYPE_CHECKING:
    from collections.abc import Sequence

_ARCHIVE = r"(?:\.zip|\.tar\.gz|\.tgz|\.tar)?"
_SYSDUMP = re.compile(rf"cilium-sysdump-(\d{{8}})-(\d{{6}}){_ARCHIVE}\Z")
# Of a sysdump: `cilium-bugtool-cilium-7t9p4-20240304-101112`.
_BUGTOOL = re.compile(rf"cilium-bugtool-(.+)-\d{{8}}-\d{{6}}{_ARCHIVE}\Z")
# Of the tool itself: `cilium-bugtool-20240304-101112.123+0000-UTC-2437`, with a prefix of the user's or none.
_BUGTOOL_ALONE = re.compile(
    r"(?:(.+)-)?cilium-bugtool-(\d{8})-(\d{6})(?:\.\d{1,9})?([+-]\d{4})-[A-Z0-9+-]{1,8}-\d+" + _ARCHIVE + r"\Z"
)
_RETINA = re.compile(rf"(.+-.+)-(\d{{8}})(\d{{6}})UTC{_ARCHIVE}\Z")
# The files of a sysdump whose folder was given another name: each ends in the time.
_STAMPED = re.compile(
    r"(?:k8s|cilium|hubble|logs|cniconf|gops|metrics|clustermesh|aws|gatewayapi|ingressclasses)"
    r".*-\d{8}-\d{6}(?:-prev)?(?:-[\w-]{1,20})?\.(?:yaml|json|txt|log|html|tar\.gz)\Z"
)
_LEFT_OUT = (
    (re.compile(r"logs-|hubble-observe-|.*\.log\Z"), "logs"),
    (re.compile(r"hubble-flows-"), "flows"),
    (re.compile(r"k8s-events|k8s-leases|k8s-metrics|.*\.html\Z"), "events, leases and metrics"),
    (re.compile(r"gops-|metrics-|.*pprof"), "measurements of the agent"),
    (re.compile(r"cniconf-|k8s-version-"), "configurations of plugins and versions"),
)


class Place(NamedTuple):
    """Where a file lies in what a collector gathered.

    `scope` is the number of folders down to its own folder or archive, `time` when it was gathered, in ns since 1970,
    None where the name says it without a zone. `bugtool` if its files are named for commands, `retina` if the end of
    the host's name is the node's name.
    """

    scope: int
    host: Host
    time: int | None = None
    local_time: str | None = None
    bugtool: bool = False
    retina: bool = False


def place_of(folders: Sequence[str], base: str) -> Place | None:
    """The place of a file, from the names of the folders and archives above it; None if it is in nobody's gathering."""
    found: Place | None = None
    for at, folder in enumerate(folders, 1):
        if match := _SYSDUMP.match(folder):
            found = found or Place(at, host_of(folders[at:], base, Host(None)), local_time=f"{match[1]}-{match[2]}")
        elif match := _BUGTOOL.match(folder):
            inner = next((each for each in map(_BUGTOOL_ALONE.match, folders[at:]) if each), None)
            time = _time(inner[2], inner[3], inner[4]) if inner else None
            return Place(found.scope if found else at, Host(None, match[1]), time, bugtool=True)
        elif match := _BUGTOOL_ALONE.match(folder):
            time = _time(match[2], match[3], match[4])
            return Place(at, Host(None, match[1] or folder), time, bugtool=True)
        elif match := _RETINA.match(folder):
            return Place(at, Host(match[1]), _time(match[2], match[3], "+0000"), retina=True)
    if found is None and _STAMPED.match(base) and source_of(command_of_file(base)) is None:
        return Place(len(folders), Host(None))
    return found


def why_left_out(place: Place, folders: Sequence[str], base: str) -> str | None:
    """What kind of file it is that says nothing of hosts, in the plural; None for one to read."""
    if place.retina:
        return "counters and settings of the kernel" if {"proc-net", "proc-sys-net"} & set(folders) else None
    if place.bugtool:
        if folders[-1] != "cmd":
            return "configurations of the kernel and states of the agent"
        named = base.lower().endswith((".md", ".txt", ".json")) and source_of(command_of_file(base)) is not None
        return None if named else "outputs of commands that say nothing of hosts"
    return next((kind for pattern, kind in _LEFT_OUT if pattern.match(base)), None)


def _time(day: str, clock: str, zone: str) -> int | None:
    date = f"{day[:4]}-{day[4:6]}-{day[6:]}"
    return parse_time(f"{date}T{clock[:2]}:{clock[2:4]}:{clock[4:]}{zone[:3]}:{zone[3:]}")
