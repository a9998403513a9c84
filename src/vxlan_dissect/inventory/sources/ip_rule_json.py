"""Which rules choose a routing table, by `ip -j rule`?

Run `ip -j rule` and `ip -j -6 rule`.

Law: selector and action are put into the words of the text form, so that both give the same facts; iproute2,
ip/iprule.c (print_rule).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vxlan_dissect.inventory.model import PolicyRule
from vxlan_dissect.inventory.sources.base import ip_command
from vxlan_dissect.inventory.sources.documents import number_value, text_value
from vxlan_dissect.inventory.sources.ip_rule_text import family_of

if TYPE_CHECKING:
    from vxlan_dissect.inventory.model import Fact, Host
    from vxlan_dissect.inventory.sources.documents import Document, Element

_KNOWN = frozenset(
    "priority not src srclen dst dstlen tos dsfield fwmark fwmask iif iif_detached oif oif_detached l3mdev uid_start "
    "uid_end ipproto sport sport_start sport_end dport dport_start dport_end tun_id table suppress_prefixlen "
    "suppress_ifgroup flow_from flow_to nat_gateway to nop action protocol goto unresolved".split()
)


def accepts(command: str) -> bool:
    """`ip -j rule`."""
    said = ip_command(command)
    return said is not None and said.subject == "rule" and said.json


def takes(value: dict[str, Any]) -> bool:
    """An object with `priority` and `src`."""
    return "priority" in value and "src" in value


def read(element: Element, document: Document, host: Host, command: str | None) -> list[Fact]:
    """A PolicyRule fact."""
    said = ip_command(command)
    value = element.value
    document.unread(element, [key for key in value if key not in _KNOWN])
    priority = number_value(value.get("priority"))
    selector, action = _selector(value), _action(value)
    if priority is None or not action:
        document.note(element, "a rule without priority or action")
        return []
    family = family_of(selector) or ((said.family or 4) if said else None)
    return [PolicyRule(host, priority, " ".join(selector), " ".join(action), document.source(element), family)]


def _word(value: Any) -> str | None:
    number = number_value(value)
    return text_value(value) if number is None else str(number)


def _selector(value: dict[str, Any]) -> list[str]:
    words = ["not"] if "not" in value else []
    for name, key in (("from", "src"), ("to", "dst")):
        text, length = text_value(value.get(key)), number_value(value.get(key + "len"))
        if text is not None:
            words += [name, text if length is None else f"{text}/{length}"]
    mark, mask = _word(value.get("fwmark")), _word(value.get("fwmask"))
    for key in ("tos", "dsfield"):
        words += [key, word] if (word := _word(value.get(key))) else []
    words += ["fwmark", f"{mark}/{mask}" if mask else mark] if mark else []
    for key in ("iif", "oif"):
        if (word := _word(value.get(key))) is not None:
            words += [key, word, *(["[detached]"] if f"{key}_detached" in value else [])]
    start, end = _word(value.get("uid_start")), _word(value.get("uid_end"))
    words += ["uidrange", f"{start}-{end}"] if start and end else []
    words += ["ipproto", word] if (word := _word(value.get("ipproto"))) else []
    for key in ("sport", "dport"):
        start, end = _word(value.get(f"{key}_start")), _word(value.get(f"{key}_end"))
        word = _word(value.get(key)) or (f"{start}-{end}" if start and end else None)
        words += [key, word] if word else []
    return words + (["tun_id", word] if (word := _word(value.get("tun_id"))) else [])


def _action(value: dict[str, Any]) -> list[str]:
    words: list[str] = []
    table = "[l3mdev-table]" if "l3mdev" in value else _word(value.get("table"))
    if table is not None:
        words += ["lookup", table]
        for key, name in (("suppress_prefixlen", "suppress_prefixlength"), ("suppress_ifgroup", "suppress_ifgroup")):
            words += [name, word] if (word := _word(value.get(key))) is not None else []
    if (word := _word(value.get("goto"))) is not None:
        words += ["goto", word]
    if "nop" in value:
        words.append("nop")
    action = text_value(value.get("action"))
    return [*words, action] if action else words
