"""Which addresses has a pod, on which node, and how long?

Run `kubectl get pods -A -o yaml` (or `-o json`), which tells both addresses of a dual-stack pod.

Law: a pod that ended keeps its address in its status while another may get it (k8s.io/api, core/v1 PodStatus), so the
fact has an end: when its last container finished, or by when it was told to be gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vxlan_dissect.inventory.model import Fact, Pod
from vxlan_dissect.inventory.sources.documents import mapping, objects, text_value
from vxlan_dissect.inventory.sources.kubernetes import Reading, asked, is_kind, keys_of, pairs

if TYPE_CHECKING:
    from vxlan_dissect.inventory.model import Host
    from vxlan_dissect.inventory.sources.documents import Document, Element

_ENDED = frozenset(("Succeeded", "Failed"))
# Left aside: what runs in the pod and with which rights, how it was scheduled, and how its containers fare.
_KEYS = keys_of(
    top="spec status",
    spec="nodeName hostNetwork activeDeadlineSeconds affinity automountServiceAccountToken containers dnsConfig "
    "dnsPolicy enableServiceLinks ephemeralContainers hostAliases hostIPC hostPID hostUsers hostname hostnameOverride "
    "imagePullSecrets initContainers nodeSelector os overhead preemptionPolicy priority priorityClassName "
    "readinessGates resourceClaims resources restartPolicy runtimeClassName schedulerName schedulingGates "
    "securityContext serviceAccount serviceAccountName setHostnameAsFQDN shareProcessNamespace subdomain "
    "terminationGracePeriodSeconds tolerations topologySpreadConstraints volumes",
    status="phase podIP podIPs startTime containerStatuses initContainerStatuses conditions ephemeralContainerStatuses "
    "hostIP hostIPs message nominatedNodeName observedGeneration qosClass reason resize resourceClaimStatuses",
)


def accepts(command: str) -> bool:
    """`kubectl get pods -o yaml`."""
    return asked(command, "pods", "all")


def takes(value: dict[str, Any]) -> bool:
    """A Pod."""
    return is_kind(value, "Pod", "")


def read(element: Element, document: Document, host: Host, command: str | None) -> list[Fact]:
    """A Pod fact."""
    del host, command  # whoever asks, the answer is the cluster's
    pod = Reading(element, document, _KEYS)
    if not pod.named():
        return []
    status = pod.status
    phase = text_value(status.get("phase"))
    texts = [status.get("podIP"), *(each.get("ip") for each in objects(status.get("podIPs")))]
    ips = pod.ips(texts)
    shown = next((text for text in texts if isinstance(text, str) and text), None)
    return [
        Pod(
            pod.name,
            pod.source(status, "podIP" if "podIP" in status else "podIPs", shown) if ips else pod.source(),
            namespace=pod.namespace,
            node=pod.name_in(pod.spec, "nodeName"),
            ips=ips,
            status=phase,
            host_network=pod.spec.get("hostNetwork") is True,
            labels=pairs(pod.labels),
            since=pod.time(status, "startTime"),
            until=_end(pod) if phase in _ENDED else pod.time(pod.metadata, "deletionTimestamp"),
        )
    ]


def _end(pod: Reading) -> int | None:
    containers = objects(pod.status.get("containerStatuses"))
    states = [mapping(mapping(each.get("state")).get("terminated")) for each in containers]
    ends = [time for state in states if (time := pod.time(state, "finishedAt")) is not None]
    return max(ends) if ends else pod.time(pod.metadata, "deletionTimestamp")
