"""Which host does a command line speak of, and which command runs there?

Law: a prompt is told from prose by its form alone (`prompts`). Wrappers (`kubectl exec`, `docker exec`, `ssh`, `sudo`,
an alias, a word of the user's own before a known host's name) are taken off until the command itself is left. Words
that are not ASCII, or begin with `#`, are the author's: no command has them.
"""

from __future__ import annotations

import re
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.inventory.model import Host
from vxlan_dissect.inventory.sources import source_of
from vxlan_dissect.inventory.sources.base import kubectl_words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

_WORD = re.compile(r""";|(?:[^\s'";]|'[^']*'|"[^"]*"|['"])+""")
_NO_QUOTES = str.maketrans("", "", "'\"")
_CONTAINER_ID = re.compile(r"[0-9a-f]{12}(?:[0-9a-f]{52})?\Z")
# dockershim names a container after its pod: `k8s_app_web-1_shop_<uid>_0`.
_DOCKERSHIM = re.compile(r"k8s_[^_]{1,63}_([^_]{1,253})_[^_]{1,63}_")
_ALIAS = re.compile(r"""(?:alias\s+)([A-Za-z_][\w.-]{0,31})=(?:'([^']{1,200})'|"([^"]{1,200})")""")
_FUNCTION = re.compile(r"(?:function\s+)?([A-Za-z_][\w.-]{0,31})\s?\(\)\s?\{\s?([^{}]{1,200}?)\s?\"?\$[@*1]\"?")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")

_CLUSTER_TOOLS = frozenset(("kubectl", "k", "oc"))
_CONTAINER_TOOLS = frozenset(("docker", "podman", "nerdctl"))
# Tools that run a command on a machine or in a container that they name: the words before the name, those after it.
_MACHINE_TOOLS = {
    "multipass": ("exec",),
    "lxc": ("exec",),
    "incus": ("exec",),
    "limactl": ("shell",),
    "vagrant": ("ssh",),
}
STARTS = (
    _CLUSTER_TOOLS
    | _CONTAINER_TOOLS
    | frozenset(_MACHINE_TOOLS)
    | frozenset(
        "ip bridge tc nft ethtool bpftool iptables ip6tables iptables-save ip6tables-save arp route ifconfig netstat "
        "hostname cat cilium cilium-dbg cilium-health helm ssh sudo nsenter crictl minikube tcpdump".split()
    )
)
_SHELLS = frozenset(("bash", "sh", "ash", "zsh"))
# Words before a command that change nothing, with those of their options that take a value.
_PREFIXES = {
    "sudo": ("-u", "-g", "-h"),
    "time": (),
    "nohup": (),
    "exec": (),
    "command": (),
    "env": ("-u",),
    "stdbuf": (),
    "watch": ("-n", "--interval"),
    "timeout": ("-s", "-k"),
    "chroot": (),
}
_TAKES_AN_ARGUMENT = frozenset(("timeout", "chroot"))  # the time, the root
_SSH_VALUES = frozenset("-b -c -D -E -e -F -I -i -J -L -l -m -O -o -p -Q -R -S -W -w".split())
_CONTAINER_VALUES = frozenset(("-u", "--user", "-w", "--workdir", "-e", "--env"))
_NSENTER_VALUES = frozenset(("-t", "--target", "-S", "--setuid", "-G", "--setgid", "-W"))
_ENDS = frozenset(("|", "||", "&&", ";", "&", ">", ">>", "2>", "2>&1", "<"))
_DEEPEST = 8
_MOST_ALIASES = 100
NOTHING: Mapping[str, str] = MappingProxyType({})


class Command(NamedTuple):
    """What runs where. `host` is None where it is the prompt's; `words` are those of the command itself.

    `opens_shell` means that the lines after it are typed on `host`; `several` that the output of more than one command
    follows; `redirect` is the file that the output went to. `wrapper` is the user's own word that named the host,
    `namespace` that of the pod, where the command says it.
    """

    host: Host | None
    words: tuple[str, ...]
    opens_shell: bool = False
    several: bool = False
    redirect: str | None = None
    wrapper: str | None = None
    namespace: str | None = None

    @property
    def text(self) -> str:
        """The command in one line."""
        return " ".join(self.words)

    @property
    def is_read(self) -> bool:
        """Whether its output, or the command itself, tells something of a host."""
        return self.opens_shell or self.is_tcpdump or (bool(self.words) and source_of(self.text) is not None)

    @property
    def is_tcpdump(self) -> bool:
        """Whether it may record a capture."""
        return bool(self.words) and self.words[0].rpartition("/")[2] == "tcpdump"


def names_a_container(host: str) -> bool:
    """A host name that Docker made from the container's id, which says less than the command that opened it."""
    return bool(_CONTAINER_ID.match(host))


def aliases_of(lines: Iterable[tuple[int, str]]) -> dict[str, str]:
    """The aliases and one-line functions that a session defines: `alias lo='docker exec -it'` gives lo its words."""
    found: dict[str, str] = {}
    for _, line in lines:
        if len(line) > 4096:
            continue
        alias = _ALIAS.search(line) if "alias " in line else _FUNCTION.search(line) if "()" in line else None
        if alias and len(found) < _MOST_ALIASES:
            found[alias[1]] = next(text for text in alias.groups()[1:] if text)
    return found


def understand(text: str, known: Collection[str] = (), aliases: Mapping[str, str] = NOTHING) -> Command:
    """Take off comment signs and wrappers. `known` are host names that a wrapper of the user's own may be given."""
    text = text[:4096].lstrip("# ")
    first, _, rest = text.partition(" ")
    if first in aliases:
        text = f"{aliases[first]} {rest}"
    words = [word.translate(_NO_QUOTES) for word in _WORD.findall(text)]
    authors = next((at for at, word in enumerate(words) if at and (word[:1] == "#" or word[:1] > "\x7f")), len(words))
    words = words[:authors]
    several, redirect = False, None
    for at, word in enumerate(words):
        if word in _ENDS:
            several = any(later in {"&&", ";"} for later in words[at:])
            if ">" in words[at:-1]:
                redirect = words[words.index(">", at) + 1]
            words = words[:at]
            break
    command = Command(None, tuple(words))
    for _ in range(_DEEPEST):
        inner = _unwrapped(command, known)
        if inner is None:
            break
        command = inner._replace(namespace=inner.namespace or command.namespace)
    return command._replace(several=several or command.several, redirect=redirect)


def _unwrapped(command: Command, known: Collection[str]) -> Command | None:
    words = list(command.words)
    if not words or command.opens_shell:
        return None
    tool = words[0].rpartition("/")[2]
    if _ASSIGNMENT.match(words[0]):
        return command._replace(words=tuple(words[1:]))
    if tool in _PREFIXES:
        at = _after_options(words, _PREFIXES[tool]) + (tool in _TAKES_AN_ARGUMENT)
        return command._replace(words=tuple(words[at:]))
    if tool in _CLUSTER_TOOLS:
        return _in_pod(words)
    if tool in _CONTAINER_TOOLS and words[1:2] == ["exec"]:
        at = 1 + _after_options(words[1:], _CONTAINER_VALUES)
        return _on(_container(words[at]), words[at + 1 :]) if at < len(words) else None
    if tool == "crictl" and words[1:2] == ["exec"]:  # by the container's id, of which no more is known
        return _on(Host(None), words[2 + _after_options(words[1:], ()) :])
    if tool in _MACHINE_TOOLS and words[1:2] == [*_MACHINE_TOOLS[tool]] and len(words) > 2:
        inner = [word for word in words[3:4] if word not in {"--", "-c", "-t"}] + words[4:]
        return _on(Host(words[2]), inner)
    if tool == "minikube" and words[1:2] == ["ssh"]:
        at = 1 + _after_options(words[1:], ("-n", "--node", "-p", "--profile"))
        named = next((value for word, value in pairwise(words) if word in {"-n", "--node"}), None)
        return _on(Host(named or "minikube"), words[at:])
    if tool == "ssh":
        at = _after_options(words, _SSH_VALUES)
        return _on(Host(words[at].rpartition("@")[2]), words[at + 1 :]) if at < len(words) else None
    if tool == "ip" and words[1:3] == ["netns", "exec"] and len(words) > 3:
        return _on(Host(words[3]), words[4:])
    if tool == "ip" and words[1:2] in (["-n"], ["-netns"]) and len(words) > 2:
        return _on(Host(words[2]), ["ip", *words[3:]])
    if tool == "nsenter":
        return _on(Host(None), words[_after_options(words, _NSENTER_VALUES) :])
    if tool in _SHELLS:
        if "-c" in words[:-1]:
            return _on(command.host, [words[words.index("-c") + 1]])
        return command._replace(opens_shell=True) if all(word.startswith("-") for word in words[1:]) else None
    if len(words) > 2 and words[1] in known:
        inner_command = understand(" ".join(words[2:]))
        if inner_command.is_read and inner_command.host is None:
            return inner_command._replace(host=Host(words[1]), wrapper=words[0])
    return None


def _in_pod(words: list[str]) -> Command | None:
    """`kubectl exec -it POD -- ip a`, `kubectl debug node/NODE -it --image=x -- ip a`."""
    plain, options = kubectl_words(words[1:])
    end = words.index("--") if "--" in words else len(words)
    if plain[:1] == ["exec"] and len(plain) > 1:
        kind, slash, name = plain[1].rpartition("/")
        # Which pod of a daemon set or deployment answered, nobody says.
        host = Host(None, name) if not slash or kind in {"pod", "pods", "po"} else Host(None)
        inner = words[end + 1 :]
        if end == len(words):  # the old form without `--`
            at = words.index(plain[1]) + 1
            inner = words[at - 1 + _after_options(words[at - 1 :], ("-c", "--container")) :]
        return _on(host, inner)._replace(namespace=options.get("-n") or options.get("--namespace"))
    if plain[:1] in (["debug"], ["node-shell"]) and len(plain) > 1:
        kind, slash, name = plain[1].rpartition("/")
        node = kind == "node" or plain[0] == "node-shell"
        return _on(Host(name) if node else Host(None, name), words[end + 1 :]) if slash or end < len(words) else None
    if plain[:1] in (["attach"], ["rsh"]) and len(plain) > 1:
        return _on(Host(None, plain[1].rpartition("/")[2]), words[words.index(plain[1]) + 1 :])
    return None


def _container(name: str) -> Host:
    """The host that a container is: a kind node, a pod by the name that dockershim gave it, nobody known by an id."""
    pod = _DOCKERSHIM.match(name)
    return Host(None, pod[1]) if pod else Host(None if _CONTAINER_ID.match(name) else name)


def _on(host: Host | None, words: list[str]) -> Command:
    """A command on a host; no command is a shell, and a single word with blanks in it was quoted."""
    if len(words) == 1 and " " in words[0]:
        inner = understand(words[0])
        return inner._replace(host=inner.host or host)
    return Command(host, tuple(words), opens_shell=not words)


def _after_options(words: list[str], with_value: Collection[str]) -> int:
    """Where the first word stands, after the tool's own name, that is no option and no option's value."""
    at = 1
    while at < len(words) and words[at].startswith("-"):
        if words[at] == "--":
            return at + 1
        at += 2 if words[at] in with_value else 1
    return at
