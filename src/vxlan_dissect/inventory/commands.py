"""Which host does a command line speak of, and which command runs there?

Law: a prompt is told from prose by its form alone (`user@host:path#`, `host~$`, `/ #`), a bare `#` or `$` only if a
command that is known follows, since prose and comments begin so too. Wrappers (`kubectl exec`, `docker exec`, `ssh`,
`sudo`, a word of the user's own before a known host's name) are taken off until the command itself is left.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.inventory.model import Host
from vxlan_dissect.inventory.sources import source_of
from vxlan_dissect.inventory.sources.base import kubectl_words

if TYPE_CHECKING:
    from collections.abc import Collection

_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?"
# `(venv) root@worker:/tmp# ip a`, `[root@worker ~]# ip a`, `user@host ~ % ip a`.
_USER_AT_HOST = re.compile(
    rf"\s*(?:\([^()\s]{{1,64}}\) ?)?"
    rf"(?:\[[\w.-]{{1,64}}@({_HOST})[ :][^\]#$]{{0,200}}\]"
    rf"|[\w.-]{{1,64}}@({_HOST})(?::[^\s#$%]{{0,200}}| [~/][^\s#$%]{{0,200}})?)"
    r" ?[#$%](.*)"
)
# `cni-7t9p4~$ip a l`, `worker:/etc# ip a`.
_HOST_AND_PATH = re.compile(rf"\s*({_HOST})(?::?~[^\s#$]{{0,200}}|:/(?!/)[^\s#$]{{0,200}}) ?[#$](.*)")
# `/ # ip a`, `~ $ ip a`, `bash-5.1# ip a`.
_NAMELESS = re.compile(r"\s*(?:(?:bash|sh|ash)-[\d.]{1,9}|[~/][^\s#$]{0,200} )[#$](.*)")
# `worker# ip a`
_HOST_SIGN = re.compile(rf"({_HOST})[#$] +(?=\S)")
_WORD = re.compile(r""";|(?:[^\s'";]|'[^']*'|"[^"]*"|['"])+""")
_NO_QUOTES = str.maketrans("", "", "'\"")
_CONTAINER_ID = re.compile(r"[0-9a-f]{12}\Z")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")

_CLUSTER_TOOLS = frozenset(("kubectl", "k", "oc"))
_CONTAINER_TOOLS = frozenset(("docker", "podman", "nerdctl"))
_STARTS = _CLUSTER_TOOLS | _CONTAINER_TOOLS | frozenset("ip cilium cilium-dbg helm nsenter ssh sudo tcpdump".split())
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


class Prompt(NamedTuple):
    """A line with a command: `host` is the name in the prompt, None where the prompt has none."""

    host: str | None
    command: str


class Command(NamedTuple):
    """What runs where. `host` is None where it is the prompt's; `words` are those of the command itself.

    `opens_shell` means that the lines after it are typed on `host`; `several` that the output of more than one command
    follows; `redirect` is the file that the output went to; `namespace` is that of the pod, where the command says it.
    """

    host: Host | None
    words: tuple[str, ...]
    opens_shell: bool = False
    several: bool = False
    redirect: str | None = None
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


def prompt_of(line: str) -> Prompt | None:
    """The prompt that the line begins with, or None for a line of output or prose."""
    if len(line) > 4096 or not line.strip():
        return None
    if "$" in line or "#" in line or "%" in line:
        match = _USER_AT_HOST.match(line)
        if match:
            return Prompt(match[1] or match[2], match[3].strip())
        match = _HOST_AND_PATH.match(line)
        if match:
            return Prompt(match[1], match[2].strip())
        match = _NAMELESS.match(line)
        if match:
            return Prompt(None, match[1].strip())
    # What is left may be a prompt without a host (`# ip a`, `+ ip a`) or a heading (`ip a:`), if the command is known.
    text = line.strip().lstrip("-#$>+*` ").rstrip("`: ")
    sign = _HOST_SIGN.match(text)
    if sign:
        text = text[sign.end() :]
    first = text.partition(" ")[0].rpartition("/")[2]
    if first in _STARTS and understand(text).is_read:
        return Prompt(sign[1] if sign else None, text)
    return None


def names_a_container(host: str) -> bool:
    """A host name that Docker made from the container's id, which says less than the command that opened it."""
    return bool(_CONTAINER_ID.match(host))


def understand(text: str, known: Collection[str] = ()) -> Command:
    """Take off comment signs and wrappers. `known` are host names that a wrapper of the user's own may be given."""
    words = [word.translate(_NO_QUOTES) for word in _WORD.findall(text[:4096].lstrip("# "))]
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
        return _on(Host(words[at]), words[at + 1 :]) if at < len(words) else None
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
            return inner_command._replace(host=Host(words[1]))
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
    if plain[:1] == ["debug"] and len(plain) > 1 and plain[1].startswith("node/"):
        return _on(Host(plain[1][5:]), words[end + 1 :])
    return None


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
