"""How are Cilium, flannel, Calico and the cluster configured?

Run `kubectl get configmaps -A -o yaml` (or `-o json`); for one of them `kubectl -n kube-system get configmap
cilium-config -o yaml`.

Law: only config maps are read that are known to tell of the network, by their names; each key is a setting, and of a
value that is itself JSON or YAML each key in it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from vxlan_dissect.inventory.sources.documents import mapping, text_value
from vxlan_dissect.inventory.sources.kubernetes import Reading, asked, is_kind, keys_of
from vxlan_dissect.inventory.sources.settings import settings_of
from vxlan_dissect.inventory.sources.yaml_text import YamlError, load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vxlan_dissect.inventory.model import Fact, Host, Setting
    from vxlan_dissect.inventory.sources.documents import Document, Element

_KEYS = keys_of(top="data binaryData immutable")
# Name of the config map: the keys with JSON or YAML that are read (by its key, or all of it), None where all keys are.
_MAPS: dict[str, tuple[str, ...] | None] = {
    "cilium-config": None,
    "calico-config": None,  # Calico's manifests; the operator's Installation otherwise
    "kube-flannel-cfg": ("net-conf.json",),
    "kubeadm-config": ("ClusterConfiguration",),
    "kube-proxy": ("config.conf",),
}
_LONGEST = 1 << 20  # etcd takes no larger object


def accepts(command: str) -> bool:
    """`kubectl get configmaps -o yaml`."""
    return asked(command, "configmaps")


def takes(value: dict[str, Any]) -> bool:
    """A ConfigMap of the network."""
    return is_kind(value, "ConfigMap", "") and mapping(value.get("metadata")).get("name") in tuple(_MAPS)


def read(element: Element, document: Document, host: Host, command: str | None) -> list[Fact]:
    """Setting facts, whose origin is the config map."""
    del host, command  # whoever asks, the answer is the cluster's
    config = Reading(element, document, _KEYS)
    data = mapping(config.value.get("data"))
    inner = _MAPS[config.name]
    if inner is None:
        # `cni_network_config` and the like are the files that CNI plugins get, templates included.
        simple = {key: value for key, value in data.items() if "\n" not in str(value)}
        config.unread(data, "data", frozenset(simple))
        return [
            fact._replace(source=config.source(data, key, None))
            for key, value in simple.items()
            for fact in settings_of(config.name, value, element, document, key)
        ]
    config.unread(data, "data", frozenset(inner))
    return [fact for key in inner for fact in _nested(config, data, key)]


def _nested(config: Reading, data: dict[str, Any], key: str) -> Iterator[Setting]:
    text = text_value(data.get(key))
    if text is None:
        return
    try:
        values = _values(text)
    except (ValueError, RecursionError) as error:
        why = str(error) if isinstance(error, YamlError) else "broken JSON"
        config.document.note(config.element, f"{key}: {why[:80]}", "broken", key)
        return
    for value in values:
        for fact in settings_of(config.name, value, config.element, config.document):
            # The line is that of the last word of the setting's key, below the key of the config map.
            line = config.source(data, key, fact.key.rpartition(".")[2])
            yield fact._replace(source=line)


def _values(text: str) -> list[Any]:
    if len(text) > _LONGEST:
        raise YamlError("too large", 0)
    return [json.loads(text)] if text.lstrip().startswith("{") else load(text)
