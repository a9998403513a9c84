"""Whose is a file, by its name and the folders that it lies in?

Law: the folders right above a file name its host (`worker/ip-a-l.txt`, `worker/pod-cni-7t9p4/ip-a-l.txt`), or its own
name does, before the command (`worker.ip-a-l.txt`); a folder's name alone is no proof of a node for a file that was
given by itself. The name of an archive is no host's. What a collector gathered has a layout of its own (`collected`).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import Host
from vxlan_dissect.inventory.sources.base import command_of_file, host_parts_of_file

if TYPE_CHECKING:
    from collections.abc import Sequence

_ARCHIVES = (".zip", ".tar", ".tgz", ".gz")


def host_of(folders: Sequence[str], base: str, own: Host) -> Host:
    """The host that a file's own name or its folders name, from the outermost; `own` is what the given folder is.

    A name may hold the host before the command: `oak-w1.ip-r-s.txt`, `oak-w1.pod-web-1.ip-r-s.txt`.
    """
    named = host_parts_of_file(base)
    if named:
        pod = _pod_of(named[-1])
        node = ".".join(named[:-1] if pod else named) or None
        return Host(node or own.node, pod)
    plain = [folder for folder in folders if not folder.lower().endswith(_ARCHIVES)]
    if not plain:
        return own
    pod = _pod_of(plain[-1])
    if pod is None:
        return Host(plain[-1])
    return Host(plain[-2] if len(plain) > 1 and _pod_of(plain[-2]) is None else own.node, pod)


def folders_above(path: str) -> tuple[str, ...]:
    """The names of the last folders of a path, which may say that it is part of something gathered."""
    return tuple(part for part in os.path.abspath(path).split(os.sep)[-4:] if part)


def host_of_root(name: str, files: Sequence[tuple[Sequence[str], str]]) -> Host:
    """The host that a given folder is: one if it holds a host's outputs itself and no folders of other nodes.

    `files` are (folders, name) of what lies in it.
    """
    own = any(
        not folders and command_of_file(base).startswith("ip ") and not host_parts_of_file(base)
        for folders, base in files
    )
    if not own or any(folders and _pod_of(folders[0]) is None for folders, _ in files):
        return Host(None)
    pod = _pod_of(name)
    return Host(None, pod) if pod else Host(name or None)


def host_of_file(path: str) -> Host:
    """A single file is nobody's, unless it lies in a pod's folder."""
    return Host(None, _pod_of(os.path.basename(os.path.dirname(os.path.abspath(path)))))


def _pod_of(folder: str) -> str | None:
    """`pod-web`, or `pod-web@shop` where pods of two namespaces have one name."""
    return folder[4:].partition("@")[0] or None if folder.startswith("pod-") else None
