"""What have all objects of Kubernetes in common?

Law: an object is known by its kind and the group of its apiVersion. Every key that a source neither reads nor leaves
aside by name is counted, and a value of the wrong type is as good as none, or a note where it should be an address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vxlan_dissect.inventory.model.times import parse_time
from vxlan_dissect.inventory.sources.base import ip_or_none, kubectl_get, prefix_or_none
from vxlan_dissect.inventory.sources.documents import mapping, text_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from vxlan_dissect.addresses import IP, Prefix
    from vxlan_dissect.inventory.model import Source
    from vxlan_dissect.inventory.sources.documents import Document, Element

# A name is a DNS subdomain (k8s.io/apimachinery, pkg/util/validation); what is longer is none.
_LONGEST_NAME = 253
# Of metadata (k8s.io/apimachinery, meta/v1 ObjectMeta): read, or book-keeping of the API server.
_METADATA = frozenset(
    "name namespace labels annotations creationTimestamp deletionTimestamp deletionGracePeriodSeconds finalizers "
    "generateName generation managedFields ownerReferences resourceVersion selfLink uid".split()
)

Keys = dict[str, frozenset[str]]


def keys_of(**words: str) -> Keys:
    """The keys that a source knows, by the mapping that they stand in; `top` is the object itself."""
    known = {name: frozenset(text.split()) for name, text in words.items()}
    known["top"] = known.get("top", frozenset()) | {"apiVersion", "kind", "metadata"}
    return {"metadata": _METADATA, **known}


def asked(command: str, *resources: str) -> bool:
    """Whether `kubectl get` prints objects of one of these kinds."""
    said = kubectl_get(command)
    return said is not None and said.output in {"json", "yaml"} and not said.resources.isdisjoint(resources)


def is_kind(value: dict[str, Any], kind: str, *groups: str) -> bool:
    """Whether an object is of a kind; its apiVersion may be missing, as in the items of typed lists."""
    version = value.get("apiVersion")
    return value.get("kind") == kind and (version is None or str(version).rpartition("/")[0] in groups)


class Reading:
    """One object: its names and sections, and where its values stand."""

    def __init__(self, element: Element, document: Document, keys: Keys) -> None:
        self.element, self.document = element, document
        value = element.value
        self.value = value
        self.metadata = mapping(value.get("metadata"))
        self.spec = mapping(value.get("spec"))
        self.status = mapping(value.get("status"))
        self.labels = mapping(self.metadata.get("labels"))
        self.annotations = mapping(self.metadata.get("annotations"))
        self.name = self.name_in(self.metadata, "name") or ""
        self.namespace = self.name_in(self.metadata, "namespace")
        self.kind = str(value.get("kind"))
        for section, known in keys.items():
            self.unread(value if section == "top" else mapping(value.get(section)), section, known)

    def named(self) -> bool:
        """Whether the object has a name; says so if not."""
        if not self.name:
            self.document.note(self.element, f"a {self.kind[:80]} without a name")
        return bool(self.name)

    def unread(self, holder: Mapping[str, Any], section: str, known: frozenset[str]) -> None:
        """Count the keys of a mapping that are not known."""
        if not known.issuperset(holder):
            prefix = f"{self.kind}." if section == "top" else f"{self.kind}.{section}."
            self.document.unread(self.element, [key for key in holder if key not in known], holder, prefix)

    def source(self, holder: Mapping[str, Any] | None = None, key: str = "", value: str | None = None) -> Source:
        """The line of a key, or of a value below it; without one, that of the object's name."""
        if holder is None:
            holder, key = self.metadata, "name"
            value = self.name or None
        return self.document.source(self.element, value, (holder, key))

    def name_in(self, holder: Mapping[str, Any], key: str) -> str | None:
        """A name that a mapping has; None, with a note, where the text can be none."""
        name = text_value(holder.get(key))
        if name and len(name) <= _LONGEST_NAME and name.isprintable():
            return name
        if name:
            self.bad(name, "a name")
        return None

    def bad(self, value: object, what: str) -> None:
        """Say that a value is not what it should be."""
        text = value[:80] if isinstance(value, str) else type(value).__name__
        self.document.note(self.element, f"not {what}: {text!r}", value=text)

    def ip(self, value: object) -> IP | None:
        """An address; None where there is none, with a note where there is something else."""
        ip = ip_or_none(value) if isinstance(value, str) else None
        if ip is None and value not in (None, ""):
            self.bad(value, "an address")
        return ip

    def ips(self, values: Iterable[object]) -> tuple[IP, ...]:
        """The addresses among values, each once."""
        return tuple(dict.fromkeys(ip for value in values if (ip := self.ip(value)) is not None))

    def prefixes(self, values: Iterable[object]) -> Iterator[tuple[Prefix, str]]:
        """The address ranges among values, each once, with their text."""
        seen = set()
        for value in values:
            prefix = prefix_or_none(value) if isinstance(value, str) else None
            if prefix is not None and prefix not in seen:
                seen.add(prefix)
                yield prefix, str(value)
            elif prefix is None and value not in (None, ""):
                self.bad(value, "an address range")

    def time(self, holder: Mapping[str, Any], key: str) -> int | None:
        """A time; None where there is none, with a note where there is something else."""
        value = holder.get(key)
        time = parse_time(value)
        if time is None and value is not None:
            self.bad(value, "a time")
        return time


def pairs(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Labels or a selector as `key=value`."""
    return tuple(f"{key}={value}" for key, value in values.items() if isinstance(value, str))
