"""Which source addresses does a host replace, by `nft -j list ruleset`?

Run `nft -j list ruleset` on the node.

Law: as for the text form, into whose words the conditions are put. What iptables-nft installed shows here only as
`xt`; its target's name is MASQUERADE or SNAT, its new address is not told. Source of the form: libnftables-json(5).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vxlan_dissect.inventory.model import Masquerade
from vxlan_dissect.inventory.sources.documents import mapping, number_value, objects, text_value
from vxlan_dissect.inventory.sources.masquerade import Condition, with_conditions
from vxlan_dissect.inventory.sources.nft_text import listing

if TYPE_CHECKING:
    from vxlan_dissect.inventory.model import Fact, Host
    from vxlan_dissect.inventory.sources.documents import Document, Element

_FIELDS = {"saddr": "source", "daddr": "destination", "oifname": "device", "oif": "device"}
_KNOWN = frozenset(
    "metainfo table chain rule set map element flowtable counter quota limit ct helper ct timeout secmark".split()
)


def accepts(command: str) -> bool:
    """`nft -j list ruleset`."""
    return listing(command) is True


def takes(value: dict[str, Any]) -> bool:
    """An object with `nftables`."""
    return isinstance(value.get("nftables"), list)


def read(element: Element, document: Document, host: Host, command: str | None) -> list[Fact]:
    """Masquerade facts."""
    del command
    facts: list[Fact] = []
    for each in objects(element.value["nftables"]):
        document.unread(element, [key for key in each if key not in _KNOWN])
        said = mapping(each.get("rule"))
        chain = text_value(said.get("chain"))
        expressions = objects(said.get("expr"))
        action, to = _action(expressions)
        if chain is None or action is None:
            if said:
                document.unread(element, ["rules that replace no source address"])
            continue
        conditions = [each for expression in expressions for each in _conditions(mapping(expression.get("match")))]
        match = " ".join(text for expression in expressions if (text := _words(mapping(expression.get("match")))))
        fact = Masquerade(host, chain, match, action, document.source(element, chain))
        facts.append(with_conditions(fact, conditions, to))
    return facts


def _action(expressions: list[dict[str, Any]]) -> tuple[str | None, str | None]:
    for expression in expressions:
        for action in ("masquerade", "snat"):
            if action in expression:
                return action, text_value(mapping(expression[action]).get("addr"))
        target = text_value(mapping(expression.get("xt")).get("name"))
        if target in {"MASQUERADE", "SNAT"}:
            return target.lower(), None
    return None, None


def _left(match: dict[str, Any]) -> tuple[str, str]:
    """The words of what is compared, and the last of them."""
    left = mapping(match.get("left"))
    payload, meta = mapping(left.get("payload")), mapping(left.get("meta"))
    field = text_value(payload.get("field")) or text_value(meta.get("key")) or "?"
    protocol = text_value(payload.get("protocol"))
    return (f"{protocol} {field}" if protocol else field), field


def _values(right: Any) -> list[str]:
    if isinstance(right, dict) and isinstance(right.get("set"), list):
        return [text for item in right["set"] for text in _values(item)]
    prefix = mapping(mapping(right).get("prefix"))
    if prefix:
        return [f"{text_value(prefix.get('addr'))}/{number_value(prefix.get('len'))}"]
    limits = mapping(right).get("range")
    if isinstance(limits, list) and len(limits) == 2:
        return [f"{limits[0]}-{limits[1]}"]
    return [str(right)] if isinstance(right, str | int) else []


def _conditions(match: dict[str, Any]) -> list[Condition]:
    field = _FIELDS.get(_left(match)[1])
    return [Condition(field, match.get("op") == "!=", tuple(_values(match.get("right"))))] if field else []


def _words(match: dict[str, Any]) -> str:
    if not match:
        return ""
    words, field = _left(match)
    values = [f'"{text}"' if field in {"oifname", "iifname"} else text for text in _values(match.get("right"))]
    negated = "!= " if match.get("op") == "!=" else ""
    return f"{words} {negated}{values[0] if len(values) == 1 else '{ ' + ', '.join(values) + ' }'}"
