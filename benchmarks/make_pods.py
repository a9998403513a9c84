"""The pods of a large cluster as `kubectl get pods -A -o yaml` or `-o json` prints them, for measurements.

Law: the same number of pods gives the same bytes on every machine; a pod has all that the API server keeps of it, so
that its text is as long as a real one: some 250 lines of YAML. Run `python benchmarks/make_pods.py PODS OUT.yaml`.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

ON_A_NODE = 25
CREATED = "2024-07-12T07:02:51Z"
CONDITIONS = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
PLAIN = re.compile(
    r"(?!(?i:true|false|null|yes|no|on|off)$)[A-Za-z][\w./:-]*\w"
)  # a text that YAML needs no quotes for
VARIABLES = ("POD_NAME", "POD_NAMESPACE", "POD_IP", "NODE_NAME", "LOG_LEVEL", "DATABASE_URL")


def pod(number: int) -> dict[str, Any]:
    """A pod as the API has it (k8s.io/api, core/v1)."""
    node, place = divmod(number, ON_A_NODE)
    name = f"web-{number:05d}"
    ips = [{"ip": f"10.{node >> 8}.{node & 255}.{place + 2}"}, {"ip": f"fd00:10:{node + 1:x}::{place + 2:x}"}]
    token = "kube-api-access-8fjz2"
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "annotations": {"kubectl.kubernetes.io/restartedAt": CREATED, "prometheus.io/scrape": "true"},
            "creationTimestamp": CREATED,
            "generateName": "web-",
            "labels": {"app": "web", "pod-template-hash": "5d8b4f7c9", "tier": f"t{number % 7}"},
            "managedFields": [_managed("kube-controller-manager"), _managed("kubelet")],
            "name": name,
            "namespace": f"team-{number % 40}",
            "ownerReferences": [
                {"apiVersion": "apps/v1", "controller": True, "kind": "ReplicaSet", "name": "web-5d8b4"}
            ],
            "resourceVersion": str(100_000 + number),
            "uid": f"0e0d6a0b-7c1b-4d0e-9a66-{number:012x}",
        },
        "spec": {
            "containers": [
                {
                    "env": [
                        {"name": each, "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}}
                        for each in VARIABLES
                    ],
                    "image": "registry.example.org/shop/web:1.27.3",
                    "imagePullPolicy": "IfNotPresent",
                    "livenessProbe": {"failureThreshold": 3, "httpGet": {"path": "/healthz", "port": 8080}},
                    "name": "web",
                    "ports": [{"containerPort": 8080, "name": "http", "protocol": "TCP"}],
                    "resources": {"limits": {"cpu": "500m", "memory": "256Mi"}, "requests": {"cpu": "100m"}},
                    "volumeMounts": [{"mountPath": "/var/run/secrets", "name": token, "readOnly": True}],
                }
            ],
            "dnsPolicy": "ClusterFirst",
            "enableServiceLinks": True,
            "nodeName": f"node-{node:03d}",
            "preemptionPolicy": "PreemptLowerPriority",
            "priority": 0,
            "restartPolicy": "Always",
            "schedulerName": "default-scheduler",
            "securityContext": {},
            "serviceAccount": "default",
            "serviceAccountName": "default",
            "terminationGracePeriodSeconds": 30,
            "tolerations": [
                {"effect": "NoExecute", "key": f"node.kubernetes.io/{why}", "operator": "Exists"}
                for why in ("not-ready", "unreachable")
            ],
            "volumes": [{"name": token, "projected": {"defaultMode": 420, "sources": [{"configMap": {"name": "ca"}}]}}],
        },
        "status": {
            "conditions": [
                {"lastProbeTime": None, "lastTransitionTime": CREATED, "status": "True", "type": each}
                for each in CONDITIONS
            ],
            "containerStatuses": [
                {
                    "containerID": f"containerd://{number:064x}",
                    "image": "registry.example.org/shop/web:1.27.3",
                    "lastState": {},
                    "name": "web",
                    "ready": True,
                    "restartCount": 0,
                    "started": True,
                    "state": {"running": {"startedAt": CREATED}},
                }
            ],
            "hostIP": f"172.18.{node >> 8}.{node & 255}",
            "phase": "Running",
            "podIP": ips[0]["ip"],
            "podIPs": ips,
            "qosClass": "Burstable",
            "startTime": CREATED,
        },
    }


def _managed(manager: str) -> dict[str, Any]:
    nothing: dict[str, Any] = {}
    fields = {
        "f:metadata": {"f:labels": {".": nothing, "f:app": nothing, "f:tier": nothing}},
        "f:spec": {
            f'k:{{"name":"{each}"}}': {".": nothing, "f:name": nothing, "f:valueFrom": {".": nothing}}
            for each in VARIABLES
        },
        "f:status": {
            f'k:{{"type":"{each}"}}': {".": nothing, "f:lastProbeTime": nothing, "f:status": nothing, "f:type": nothing}
            for each in CONDITIONS
        },
    }
    return {
        "apiVersion": "v1",
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
        "manager": manager,
        "operation": "Update",
        "time": CREATED,
    }


def write(pods: int, file: TextIO, *, yaml: bool) -> None:
    """A list of so many pods."""
    if not yaml:
        items = [pod(number) for number in range(pods)]
        json.dump({"apiVersion": "v1", "items": items, "kind": "List", "metadata": {}}, file, indent=4)
        return
    file.write("apiVersion: v1\nitems:\n")
    for number in range(pods):
        lines = list(_lines(pod(number)))
        file.writelines(
            ("- " if first else "  ") + line + "\n"
            for line, first in zip(lines, [True, *[False] * len(lines)], strict=False)
        )
    file.write('kind: List\nmetadata:\n  resourceVersion: ""\n')


def _lines(value: Any) -> Iterator[str]:
    """YAML as sigs.k8s.io/yaml writes it: lists stand below the first letter of their key."""
    if isinstance(value, dict):
        for key, each in value.items():
            key = json.dumps(key) if key[:1] == "." or "{" in key else key
            if isinstance(each, dict | list) and each:
                yield f"{key}:"
                yield from (line if isinstance(each, list) else f"  {line}" for line in _lines(each))
            else:
                plain = isinstance(each, str) and PLAIN.fullmatch(each)
                yield f"{key}: {each if plain else json.dumps(each)}"
    else:
        for each in value:
            first, *others = _lines(each)
            yield f"- {first}"
            yield from (f"  {line}" for line in others)


if __name__ == "__main__":
    target = Path(sys.argv[2])
    with target.open("w", encoding="utf-8") as out:
        write(int(sys.argv[1]), out, yaml=target.suffix in {".yaml", ".yml"})
