"""With which values was a chart installed?

Run `helm get values cilium -n kube-system` (with `--all` for those that were not given; `-o json` works too). A sysdump
has them as `cilium-helm-values-….yaml`.

Law: values have no kind, so a file is known by its name, by the command, or by the words that only the charts of
network plugins have at the left edge.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from vxlan_dissect.inventory.sources.settings import settings_of

if TYPE_CHECKING:
    from vxlan_dissect.inventory.model import Fact, Host
    from vxlan_dissect.inventory.sources.documents import Document, Element

# cilium, install/kubernetes/cilium/values.yaml; flannel, chart/kube-flannel/values.yaml.
_WORDS = frozenset(
    "autoDirectNodeRoutes enableIPv4Masquerade enableIPv6Masquerade ipv4NativeRoutingCIDR ipv6NativeRoutingCIDR "
    "k8sServiceHost kubeProxyReplacement podCidrv6 routingMode tunnelProtocol".split()
)
_MARK = re.compile(rf"^(?:{'|'.join(sorted(_WORDS))}):", re.MULTILINE)
_HEAD = 1 << 16


def accepts(command: str) -> bool:
    """`helm get values`, and the names of files with values."""
    words = command.split()
    return words[:2] in (["helm", "get"], ["helm", "show"]) or words[:1] == ["values"] or {"helm", "values"} <= {*words}


def marks(text: str) -> bool:
    """Whether words of these charts stand at the left edge of the text."""
    return _MARK.search(text, 0, _HEAD) is not None


def takes(value: dict[str, Any]) -> bool:
    """A mapping without a kind that has such a word."""
    return "kind" not in value and "apiVersion" not in value and not _WORDS.isdisjoint(value)


def read(element: Element, document: Document, host: Host, command: str | None) -> list[Fact]:
    """Setting facts."""
    del host, command  # it is the cluster's
    return list(settings_of("helm", element.value, element, document))
