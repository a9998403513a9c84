"""Which pods stand behind which service?

Law: an endpoint of the service says it outright; a selector that fits a pod's labels makes it likely, and counts only
where no endpoint of that service is known, since a pod that is not ready has none.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from vxlan_dissect.inventory.graph.draft import CERTAIN, likely
from vxlan_dissect.inventory.model import Backend, Host

if TYPE_CHECKING:
    from vxlan_dissect.addresses import IP
    from vxlan_dissect.inventory.graph.draft import Draft
    from vxlan_dissect.inventory.model import Pod, Service, Source

# Pods whose labels are compared with selectors; a made-up list may fit all services to all pods.
_MOST_COMPARED = 500_000
# Not a pair, so that it equals neither a Host nor an interface.
Name = tuple[str, str | None, str]


def add(draft: Draft) -> None:
    """Add services, the addresses they hold, and `selects`."""
    inventory = draft.inventory
    by_front: dict[IP, Name] = {}
    for service in inventory.services:
        sources = draft.sources(service)
        ports = tuple(f"{port}/{protocol}" for port, _, protocol in service.ports)
        name = _service(draft, service.namespace, service.name, sources, kind=service.kind, ports=ports)
        for ip in (*service.cluster_ips, *service.external_ips):
            draft.edge(name, draft.address(ip, sources), "holds", sources, length=None)
            by_front.setdefault(ip, name)
    holders = _Holders(draft)
    with_backends: set[Name] = set()
    for backend in inventory.of(Backend):
        sources = draft.sources(backend)
        if backend.service is not None:
            name = _service(draft, backend.namespace, backend.service, sources)
        elif backend.frontend is not None:
            front, port = backend.frontend
            known = by_front.get(front)
            if known is None:
                known = _service(draft, None, f"{front} port {port}", sources)
                draft.edge(known, draft.address(front, sources), "holds", sources, length=None)
            name = known
        else:
            continue
        with_backends.add(name)
        target = holders.of(backend, sources)
        to = () if backend.port is None else (f"{backend.port}/{backend.protocol or '?'}",)
        draft.edge(name, target, "selects", sources, ports=to, ready=backend.ready)
    _by_selector(draft, with_backends)


def _service(
    draft: Draft, namespace: str | None, name: str, sources: tuple[Source, ...], *, kind: str | None = None,
    ports: tuple[str, ...] = (),
) -> Name:  # fmt: skip
    key = ("service", namespace, name)
    label = f"{namespace}/{name}" if namespace else name
    draft.node(key, "service", label, sources, CERTAIN, namespace=namespace, type=kind, ports=ports)
    return key


class _Holders:
    """The pods by their addresses."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._pods: defaultdict[IP, set[Host]] = defaultdict(set)
        for address in draft.inventory.addresses:
            if address.host.pod is not None:
                self._pods[address.ip].add(address.host)
        for pod in draft.inventory.pods:
            for ip in () if pod.host_network else pod.ips:
                self._pods[ip].add(Host(pod.node, pod.name))

    def of(self, backend: Backend, sources: tuple[Source, ...]) -> Host | IP:
        """The pod behind a backend, its address where no one pod is known to have it."""
        pods = self._pods.get(backend.ip, set())
        if backend.pod is not None:
            pods = {pod for pod in pods if pod.pod == backend.pod} or {
                Host(backend.node or self._draft.inventory.node_of_pod(backend.pod), backend.pod)
            }
        if len(pods) == 1:
            return self._draft.host(next(iter(pods)), sources if backend.pod is not None else ())
        return self._draft.address(backend.ip, sources)


def _by_selector(draft: Draft, known: set[Name]) -> None:
    compared = 0
    by_label: defaultdict[str, list[Pod]] = defaultdict(list)
    for pod in draft.inventory.pods:
        for label in pod.labels:
            by_label[label].append(pod)
    for service in draft.inventory.services:
        name: Name = ("service", service.namespace, service.name)
        if name in known or not service.selector:
            continue
        rarest = min((by_label.get(label, []) for label in service.selector), key=len)
        compared += len(rarest)
        if compared > _MOST_COMPARED:
            return
        for pod in rarest:
            if service.namespace in {pod.namespace, None} and set(service.selector) <= set(pod.labels):
                _select(draft, name, service, pod)


def _select(draft: Draft, name: Name, service: Service, pod: Pod) -> None:
    sources = (*draft.sources(service), *draft.sources(pod))
    why = f"its selector {','.join(service.selector)} fits the pod's labels"
    draft.edge(name, Host(pod.node, pod.name), "selects", sources, likely(why), ports=(), ready=None)
