"""Does a line of prose say whose output follows?

Law: a heading is a short line that, beside one name of a host, has only words that headings have (`## worker`,
`node1:`, `On node worker:`, `在 worker 节点上执行 ip a`); a sentence about a host is none. A name that is not known
from elsewhere counts only beside a word such as node or pod, or where it is made like a node's name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import Host
from vxlan_dissect.inventory.session.commands import STARTS

if TYPE_CHECKING:
    from collections.abc import Collection

_LONGEST = 100
_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*|[^\x00-\x7f]+")
_POD = frozenset(("pod", "pods", "container", "容器"))
_NODE = frozenset(("node", "nodes", "host", "machine", "vm", "server", "节点", "主机", "机器", "宿主机", "服务器"))
_OTHERS = frozenset(
    "on in inside from of the at for and now output result results run running command commands then here is are see "
    "check show kubernetes k8s cluster first second same again side end info information details network interface "
    "interfaces route routes routing table tables arp neighbor neighbour neighbors fdb entries step worker "
    "master".split()
)
# Words of Chinese headings, longest first: on, in, look at, run, output, of, information, network card, route, table.
_CHINESE = re.compile(
    "宿主机|服务器|节点|主机|机器|容器|查看|执行|运行|登录|进入|命令|输出|结果|信息|网卡|网络|路由|邻居|内部|里面|如下|上面|"
    "接口|地址|表|上|在|内|中|里|的|到|和|、"
)
_MADE_LIKE_A_NODE = re.compile(
    r"(?:node|worker|master|minion|agent|server|k8s|k3s|kube|kind|control-?plane|vm|host)[\w.-]{0,60}\Z"
)
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?\Z")
_MARKS, _END_MARKS = ("#", "=", "--", "*", "[", "<", "【"), (":", "*", "=", "--", "]", "】")
_ENUMERATION = re.compile(r"(?:\d{1,2}(?:\.\d{1,2}){0,3}|[a-zA-Z])\Z")


def heading_of(line: str, known: Collection[str]) -> Host | None:
    """The host that a heading names, None for any other line."""
    text = line.strip()
    if not text or len(text) > _LONGEST or text[-1] in ".。;!?！？" or "://" in text:
        return None
    marked = text.startswith(_MARKS) or text.endswith(_END_MARKS)
    words, kinds, names = [], [], []
    for token in _TOKEN.findall(text):
        if not token.isascii():
            kinds += [word for word in _POD | _NODE if word in token]
            if _CHINESE.sub("", token):
                return None
            words.append(token)
            continue
        word = token.rstrip(".-")
        if word in known:
            names.append(word)
        elif word.lower() in _POD | _NODE:
            kinds.append(word.lower())
        else:
            words.append(word)
    rest = [word for word in words if word.isascii() and not _ENUMERATION.match(word)]
    command = next((at for at, word in enumerate(rest) if word in STARTS), len(rest))
    rest = [word for word in rest[:command] if word.lower() not in _OTHERS]
    if not names and len(rest) == 1 and _HOST.match(rest[0]) and _is_a_name(rest[0], kinds, marked=marked):
        names, rest = rest, []
    if rest or len(set(names)) != 1 or not (marked or kinds):
        return None
    pod = any(kind in _POD for kind in kinds) and not any(kind in _NODE for kind in kinds)
    return Host(None, names[0]) if pod else Host(names[0])


def _is_a_name(word: str, kinds: list[str], *, marked: bool) -> bool:
    """Whether an unknown word may be a host's name: what follows `node` may be a verb, which has no digit or dash."""
    made_so = marked and _MADE_LIKE_A_NODE.match(word[:1].lower() + word[1:]) is not None
    return made_so or (bool(kinds) and re.search(r"[\d-]", word) is not None)
