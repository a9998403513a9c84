"""Which commands tell what a cluster and its hosts look like?

Law: each is written once and reads only; its file's name gives it back (`command_of_file`): the words joined by
dashes, without the dashes of options. `debug` and `undebug` alone change something, and say so.
"""

from __future__ import annotations

from typing import NamedTuple


class Query(NamedTuple):
    """A command as its host gets it, without the words that lead there; `form` is the extension of its file."""

    words: tuple[str, ...]
    form: str = "txt"

    @property
    def file(self) -> str:
        """The name of the file that holds the answer."""
        return "-".join(word.lstrip("-") for word in self.words) + "." + self.form

    def of_device(self, device: str) -> Query:
        """The same with DEVICE replaced by the name of one."""
        return Query(tuple(device if word == DEVICE else word for word in self.words), self.form)

    def plain(self) -> Query:
        """The same for an `ip` that knows neither JSON nor details, as BusyBox's and iproute2's before 4.13."""
        return Query(tuple(word for word in self.words if word not in {"-j", "-d"}))


def _queries(text: str) -> tuple[Query, ...]:
    lines = [tuple(line.split()) for line in text.strip().splitlines()]
    return tuple(Query(words, "json" if {"-j", "json"} & set(words) else "txt") for words in lines)


DEVICE = "DEVICE"  # stands for the name of an interface

# Asked of the API server; behind `kubectl`.
CLUSTER = _queries("""
    kubectl get pods -A -o json
    kubectl get nodes -o json
    kubectl get services -A -o json
    kubectl get endpointslices -A -o json
    kubectl get pods -A -o wide
    kubectl get nodes -o wide
    kubectl get services -A -o wide
""")
# What only some clusters have.
RESOURCES = _queries("""
    kubectl get ciliumnodes -o json
    kubectl get ciliumendpoints -A -o json
    kubectl get ciliumendpointslices -o json
    kubectl get ciliumidentities -o json
    kubectl get ippools.crd.projectcalico.org -o json
    kubectl get felixconfigurations.crd.projectcalico.org -o json
""")

# The container of a CNI's agent -> the ConfigMap beside it, None where none says how packets travel. Containers keep
# their names in all releases (cilium: install/kubernetes/cilium/templates/cilium-agent/daemonset.yaml; flannel:
# Documentation/kube-flannel.yml; calico: manifests/calico.yaml), pods are called as their DaemonSet is. In this order
# they are asked for what their node's network looks like.
AGENT = "cilium-agent"
AGENTS = {
    AGENT: "cilium-config",
    "calico-node": "calico-config",
    "kube-flannel": "kube-flannel-cfg",
    "kindnet-cni": None,
    "kube-proxy": None,
}


def in_namespace(query: Query, namespace: str) -> Query:
    """A query about all namespaces, of one of them."""
    at = query.words.index("-A")
    return Query((*query.words[:at], "-n", namespace, *query.words[at + 1 :]), query.form)


def config(name: str) -> Query:
    """What a ConfigMap holds; the namespace stands before, with the words that lead to the cluster."""
    return Query(("kubectl", "get", "configmap", name, "-o", "json"), "json")


# How the pods and nodes are found; these answers only steer what is asked next. A value that is not there is printed
# as `<none>` (kubectl pkg/cmd/get/customcolumn.go).
COLUMNS = {
    "NAMESPACE": ".metadata.namespace",
    "NAME": ".metadata.name",
    "NODE": ".spec.nodeName",
    "HOST": ".spec.hostNetwork",
    "PHASE": ".status.phase",
    "CONTAINERS": ".spec.containers[*].name",
}
LIST_PODS = Query(
    (
        *("kubectl", "get", "pods", "-A", "--no-headers", "-o"),
        "custom-columns=" + ",".join(f"{name}:{path}" for name, path in COLUMNS.items()),
    )
)
CONTEXT = Query(("kubectl", "config", "current-context"))
LIST_NODES = Query(("kubectl", "get", "nodes", "-o", "name"))

# Asked first of every host: it shows whether there is an `ip`, and which kind. With `-d` it holds all of `ip -d link`.
ADDRESS = Query(("ip", "-j", "-d", "address"), "json")
# `ip route` and `ip rule` speak of IPv4 alone unless they are told (ip/iproute.c, ip/iprule.c), `ip neigh` of both.
POD = _queries("""
    ip -j route
    ip -j -6 route
    ip -j neigh
""")
NODE = (
    *POD,
    *_queries("""
    ip -j neigh show proxy
    ip -j rule
    ip -j -6 rule
    bridge -j fdb
    nft list ruleset
    iptables-save
    hostname
"""),
)
# Of the interfaces of a node that have a global address, and of its tunnels.
DEVICES = _queries("""
    tc filter show dev DEVICE ingress
    tc filter show dev DEVICE egress
    ethtool -k DEVICE
""")
MOST_DEVICES = 16
MOST_WAYS = 8  # containers of a host that are asked for an `ip`
TUNNELS = frozenset("vxlan geneve ipip ip6tnl sit gre wireguard".split())

# Asked of Cilium's agent, by its program: `cilium` up to 1.14, `cilium-dbg` since 1.15. `bpf tunnel list` went with
# 1.18 (65dd9dd6f0), `ip list` came with 1.9.
AGENT_PROGRAMS = ("cilium-dbg", "cilium")
AGENT_STATUS = Query((AGENT_PROGRAMS[0], "status"))
AGENT_QUERIES = _queries("""
    cilium-dbg endpoint list -o json
    cilium-dbg bpf endpoint list
    cilium-dbg bpf ipcache list
    cilium-dbg bpf tunnel list
    cilium-dbg bpf lb list
    cilium-dbg identity list -o json
    cilium-dbg ip list -n -o json
    cilium-dbg node list -o json
""")


def by_program(query: Query, program: str) -> Query:
    """A query of the agent as the given program takes it."""
    return Query((program, *query.words[1:]), query.form)


DEBUG_NAMESPACE = "default"
_DEBUG_SECONDS = 3600  # after which the pod ends by itself, should nobody take it away


def debug(node: str, image: str) -> tuple[str, ...]:
    """The words behind `kubectl` that make a pod on a node's network. The profile (kubectl 1.27) lets `nft` list."""
    options = ("-n", DEBUG_NAMESPACE, f"--image={image}", "--profile=netadmin")
    return ("debug", f"node/{node}", *options, "--", "sleep", str(_DEBUG_SECONDS))


def undebug(pod: str) -> tuple[str, ...]:
    """The words that take it away."""
    return ("delete", "pod", pod, "-n", DEBUG_NAMESPACE, "--wait=false")
