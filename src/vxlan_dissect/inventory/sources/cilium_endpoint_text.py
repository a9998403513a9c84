"""Which endpoints does an agent manage?

Run `kubectl -n kube-system exec ds/cilium -- cilium-dbg endpoint list`. MACs and devices are in the JSON form alone.

Law: a row begins with the number of the endpoint; a line that is one label belongs to the row above it. Source: cilium,
cilium-dbg/cmd/endpoint_list.go (printEndpointList).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxlan_dissect.inventory.model import CiliumEndpoint, Host, Source
from vxlan_dissect.inventory.sources.base import Line, Parsed, ip_or_none, whole_number, words_of
from vxlan_dissect.inventory.sources.cilium_values import is_agent_command, is_label, namespace_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_POLICIES = frozenset(("Enabled", "Disabled", "Unknown"))
_STATES = frozenset(  # api/v1/models/endpoint_state.go
    "creating waiting-for-identity not-ready waiting-to-regenerate regenerating restoring ready disconnecting "
    "disconnected invalid Unknown".split()
)


def accepts(command: str | None, text: str) -> bool:
    """The table of `endpoint list`; without a command, its header."""
    if command is not None:
        return is_agent_command(command, "endpoint list", json=False)
    return "ENDPOINT" in text and "LABELS (source:key[=value])" in text


def parse(lines: Sequence[Line], host: Host, file: str, command: str | None = None) -> Parsed:
    """CiliumEndpoint facts."""
    del command
    found = Parsed([], [], [])
    current: CiliumEndpoint | None = None
    for number, line in lines:
        words = words_of(line)
        if not words or words[0] in {"ENDPOINT", "ENFORCEMENT"}:
            continue
        if len(words) == 1 and current is not None and is_label(words[0]):
            labels = (*current.labels, words[0])
            current = current._replace(labels=labels, namespace=namespace_of(labels))
            found.facts[-1] = current
            continue
        endpoint = _endpoint(words, host, Source(file, number))
        if endpoint is None:
            found.rest.append((number, line))
        else:
            current = endpoint
            found.facts.append(current)
    return found


def _endpoint(words: list[str], host: Host, source: Source) -> CiliumEndpoint | None:
    """`377 Disabled (Audit) Disabled 41072 k8s:app=web fd00::1 10.0.0.1 ready`."""
    number = whole_number(words[0])
    at = 1
    for _ in range(2):
        if at < len(words) and words[at] in _POLICIES:
            at += 2 if words[at + 1 : at + 2] == ["(Audit)"] else 1
    if number is None or at < 3 or at >= len(words) or words[-1] not in _STATES:
        return None
    identity = whole_number(words[at])
    after = words[at + 1 : -1] if identity is not None else words[at:-1]  # `<no label id>` gives no addresses either
    labels = tuple(word for word in after[:1] if is_label(word))
    ips = (ip_or_none(word) for word in after)
    return CiliumEndpoint(
        host,
        source,
        tuple(sorted(ip for ip in ips if ip is not None)),
        id=number,
        identity=identity,
        labels=labels,
        namespace=namespace_of(labels),
    )
