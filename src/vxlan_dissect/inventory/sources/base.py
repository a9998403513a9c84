"""What do the sources share?

Law: a command is judged by the words that iproute2 and kubectl themselves accept, abbreviations included; a number or
an address that is none gives None, never an exception.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.addresses import IP, Prefix, parse_ip, parse_mac, parse_prefix

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vxlan_dissect.inventory.model import Fact, Note

Line = tuple[int, str]
# No line of these commands comes near; a file that is one line of megabytes must not become a million words.
LONGEST_LINE = 16 << 10
_TOO_LONG = "\0"

# iproute2 takes any beginning of an object's name; the order is that of ip/ip.c where beginnings are shared.
_OBJECTS = ("address", "route", "rule", "neighbor", "neighbour", "link")
_SHOW = ("show", "list", "lst", "ls")
# A filter may follow the object at once: `ip r table all`, `ip a dev eth0`.
_FILTERS = frozenset(
    "dev table to root match exact proto protocol type scope nud proxy master up vrf via src default all label "
    "permanent dynamic secondary primary br brport vlan state".split()
)
_GLOBAL_OPTIONS = frozenset("4 6 d j s p o br brief json details stats statistics pretty oneline".split())
_KUBECTL = frozenset(("kubectl", "k", "oc", "kubectl.exe"))
# A name of a file may have the host's before the command's: `oak-w1.pod-web-1.ip-r-s.txt`.
_TOOLS = _KUBECTL | frozenset(
    "ip bridge tc nft ethtool bpftool iptables ip6tables arp route ifconfig hostname cilium hosts ethers".split()
)
_SUFFIXES = frozenset("txt md log json out html yaml yml".split())
_KUBECTL_VALUES = frozenset(
    "-n --namespace -o --output -l --selector -c --container --context --kubeconfig --cluster --sort-by "
    "--field-selector -L --label-columns -s --server --user --image".split()
)
_RESOURCES = {
    **dict.fromkeys(("pod", "pods", "po"), "pods"),
    **dict.fromkeys(("service", "services", "svc"), "services"),
    **dict.fromkeys(("node", "nodes", "no"), "nodes"),
    **dict.fromkeys(("endpoint", "endpoints", "ep"), "endpoints"),
    **dict.fromkeys(("endpointslice", "endpointslices"), "endpointslices"),
    **dict.fromkeys(("configmap", "configmaps", "cm"), "configmaps"),
    **dict.fromkeys(("ciliumnode", "ciliumnodes", "cn"), "ciliumnodes"),
    **dict.fromkeys(("ciliumendpoint", "ciliumendpoints", "cep", "ceps"), "ciliumendpoints"),
    **dict.fromkeys(("ciliumendpointslice", "ciliumendpointslices", "ces"), "ciliumendpointslices"),
    **dict.fromkeys(("ciliumidentity", "ciliumidentities", "ciliumid"), "ciliumidentities"),
    **dict.fromkeys(("ippool", "ippools"), "ippools"),
    **dict.fromkeys(("felixconfiguration", "felixconfigurations", "felixconfig"), "felixconfigurations"),
    **dict.fromkeys(("installation", "installations"), "installations"),
    "all": "all",
}
_CILIUM = re.compile(r"cilium(?:-dbg|-health)?(?![a-z])")


class Parsed(NamedTuple):
    """What a source made of its lines; `rest` holds the lines that are none of its own, in order."""

    facts: list[Fact]
    notes: list[Note]
    rest: list[Line]


class IpCommand(NamedTuple):
    """A listing of iproute2: `subject` address, link, route, rule or neighbour; `family` 4, 6 or None.

    `rest` are the words after the verb, filters such as `dev eth0` or `table 2004`.
    """

    subject: str
    family: int | None
    json: bool
    brief: bool = False
    rest: tuple[str, ...] = ()


class KubectlGet(NamedTuple):
    """A `kubectl get`: the resources in full, the namespace asked for, the output format."""

    resources: frozenset[str]
    namespace: str | None
    output: str | None


def ip_command(command: str | None) -> IpCommand | None:
    """Understand `ip -6 r s`, `ip -d -j link`; None for what is no listing (`ip route get`, `ip netns`)."""
    words = command.split() if command else []
    if not words or words[0].rpartition("/")[2] != "ip":
        return None
    family, json, brief, at = None, False, False, 1
    while at < len(words) and words[at].startswith("-"):
        option = words[at].lstrip("-")
        if option in {"4", "6"}:
            family = int(option)
        elif option in {"f", "family", "n", "netns"}:
            at += 1
            if option[0] == "f":
                family = {"inet": 4, "inet6": 6}.get(words[at] if at < len(words) else "")
        elif "json".startswith(option) and option:
            json = True
        elif option in {"br", "brief"}:
            brief = True
        at += 1
    subject = next((name for name in _OBJECTS if at < len(words) and name.startswith(words[at])), None)
    verb = words[at + 1] if at + 1 < len(words) else "show"
    shows = any(name.startswith(verb) for name in _SHOW)
    if subject is None or not (shows or verb in _FILTERS):
        return None
    rest = tuple(words[at + 2 if shows else at + 1 :])
    return IpCommand("neighbour" if subject == "neighbor" else subject, family, json, brief, rest)


def tool_words(command: str | None, tool: str) -> tuple[list[str], frozenset[str]] | None:
    """The words of another tool of iproute2's kind behind its options, and the options without their dashes.

    `bridge -j fdb show` gives (fdb, show) and {j}; a file name has lost the dashes. None for another tool.
    """
    words = command.split() if command else []
    if not words or words[0].rpartition("/")[2] != tool:
        return None
    at = 1
    while at < len(words) and (words[at].startswith("-") or len(words[at]) == 1):
        at += 1
    return words[at:], frozenset(word.lstrip("-") for word in words[1:at])


def value_after(words: Sequence[str], name: str) -> str | None:
    """The word behind `name`, None where there is none."""
    return next((value for word, value in pairwise(words) if word == name), None)


def kubectl_get(command: str | None) -> KubectlGet | None:
    """Understand `kubectl -n kube-system get pods,svc -owide`; None for anything else."""
    words = command.split() if command else []
    if not words or words[0].rpartition("/")[2] not in _KUBECTL:
        return None
    plain, options = kubectl_words(words[1:])
    if len(plain) < 2 or plain[0] != "get":
        return None
    # `pod/cni-7t9p4`, and a group after a dot: `ciliumnodes.cilium.io`, `deployments.v1.apps`.
    kinds = frozenset(
        _RESOURCES.get(name, name) for kind in plain[1].split(",") for name in [re.split("[./]", kind.lower())[0]]
    )
    return KubectlGet(
        kinds, options.get("-n") or options.get("--namespace"), options.get("-o") or options.get("--output")
    )


def kubectl_words(words: list[str]) -> tuple[list[str], dict[str, str]]:
    """Part words up to `--` into plain ones and options with their values (`-owide`, `-n x`, `--output=wide`)."""
    plain: list[str] = []
    options: dict[str, str] = {}
    at = 0
    while at < len(words) and words[at] != "--":
        word = words[at]
        if not word.startswith("-"):
            plain.append(word)
        elif "=" in word:
            name, _, value = word.partition("=")
            options[name] = value
        elif word in _KUBECTL_VALUES and at + 1 < len(words):
            at += 1
            options[word] = words[at]
        elif word[:2] in {"-o", "-n", "-l", "-c"} and len(word) > 2:
            options[word[:2]] = word[2:]
        else:
            options[word] = ""
        at += 1
    return plain, options


def host_parts_of_file(name: str) -> tuple[str, ...]:
    """What stands before the command in a file's name: `oak-w1.pod-web-1.ip-r-s.txt` gives (oak-w1, pod-web-1)."""
    parts = name.split(".")
    return tuple(parts[: _tool_at(parts)])


def _without_suffix(name: str) -> str:
    """A file's name from the tool on, without its ending: a device's name may hold a dot, `flannel.1`."""
    parts = name.split(".")
    if len(parts) > 1 and parts[-1] in _SUFFIXES:
        parts.pop()
    at = _tool_at(parts)
    return ".".join(parts[at:]) if parts[at].partition("-")[0] in _TOOLS else parts[0]


def _tool_at(parts: Sequence[str]) -> int:
    return next((at for at in range(len(parts) - 1, 0, -1) if parts[at].partition("-")[0] in _TOOLS), 0)


def command_of_file(name: str) -> str:
    """The command that a file name tells: `ip-6-n-s.txt` is `ip -6 n s`, `ip--d--s-l.md` is `ip -d -s l`.

    In names of Cilium's bugtool every blank became a dash: `cilium-dbg-status---verbose.md`.
    """
    stem = _without_suffix(name)
    tool = _CILIUM.match(stem)
    if tool:
        arguments = stem[tool.end() :] if "-" in stem else stem[tool.end() :].replace("_", "-")
        return tool[0] + re.sub("-(-{0,2})", r" \1", arguments)
    words = [word for word in _without_suffix(name).replace("_", "-").replace(" ", "-").split("-") if word]
    if words[:1] == ["ip"]:
        at = 1
        while at < len(words) and words[at] in _GLOBAL_OPTIONS:
            words[at] = "-" + words[at]
            at += 1
    elif words[:1] and words[0] in _KUBECTL:
        words = [f"-{word}" if len(word) == 1 else word for word in words]
    return " ".join(words)


def words_of(line: str) -> list[str]:
    """The words of a line; a line that is too long to be one of any command is one word that no grammar knows."""
    return line.split() if len(line) <= LONGEST_LINE else [_TOO_LONG]


def whole_number(text: str) -> int | None:
    """A decimal number of at most 19 digits, else None."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None


def mac_or_none(text: str) -> int | None:
    """The MAC, or None where the text is none."""
    try:
        return parse_mac(text)
    except ValueError:
        return None


def ip_or_none(text: str) -> IP | None:
    """The address, or None where the text is none."""
    try:
        return parse_ip(text)
    except ValueError:
        return None


def prefix_or_none(text: str) -> Prefix | None:
    """The address range, or None where the text is none."""
    try:
        return parse_prefix(text)
    except ValueError:
        return None
