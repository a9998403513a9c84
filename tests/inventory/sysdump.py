"""What would `cilium sysdump` have gathered in a lab? A sysdump in the real layout, made of a lab's facts.

Layout: cilium, cilium-cli/sysdump/constants.go, bugtool/cmd/root.go (writeCmdToFile). Every output is written here as
the agent's printers do (text/tabwriter with three blanks), from topology.json and the outputs of `ip` beside it.
"""

from __future__ import annotations

import json

import yaml

from tests.inventory.archives import tarred, zipped

STAMP = "20240304-101112"
TOP = f"cilium-sysdump-{STAMP}"


class Sysdump:
    """The files of a sysdump of a lab's folder, by path; `tool` is `cilium` up to v1.14, `cilium-dbg` since v1.15."""

    def __init__(self, lab, *, tool="cilium-dbg", outputs="inventory"):
        self.lab, self.tool, self.outputs = lab, tool, outputs
        self.topology = json.loads((lab / "topology.json").read_text(encoding="utf-8"))
        self.nodes = self.topology["nodes"]

    def pods(self):
        """(node, pod, name of the pod) of the lab."""
        return [(node, pod, name) for node in self.nodes.values() for name, pod in node["pods"].items()]

    def agent(self, node):
        """The name of a node's agent pod."""
        return f"cilium-{sum(map(ord, node['name'])):05x}"

    def files(self):
        """Path -> text of the whole sysdump, the agents' archives unpacked as the tool leaves them."""
        found = {f"{TOP}/{name}": text for name, text in self._cluster().items()}
        for node in self.nodes.values():
            folder = f"{TOP}/cilium-bugtool-{self.agent(node)}-{STAMP}"
            found |= {f"{folder}/{name}": text for name, text in self.bugtool(node).items()}
        return found

    def zip(self):
        """The zip, with the archive of each agent in it."""
        members = {f"{TOP}/{name}": text for name, text in self._cluster().items()}
        for node in self.nodes.values():
            name = "cilium-bugtool-20240304-091112.123+0000-UTC-2437"
            inner = tarred({f"{name}/{path}": text for path, text in self.bugtool(node).items()})
            members[f"{TOP}/cilium-bugtool-{self.agent(node)}-{STAMP}.tar.gz"] = inner
        return zipped(members)

    def _cluster(self):
        rows = [["NAMESPACE", "NAME", "READY", "STATUS", "RESTARTS", "AGE", "IP", "NODE"]]
        rows += [
            ["kube-system", self.agent(node), "1/1", "Running", "0", "3d", node["node_ip"], node["name"]]
            for node in self.nodes.values()
        ]
        rows += [
            ["default", name, "1/1", "Running", "1 (2d3h ago)", "3d", pod["ip"], node["name"]]
            for node, pod, name in self.pods()
        ]
        return self._objects() | {
            f"k8s-pods-{STAMP}.txt": table(rows),
            f"k8s-networkpolicies-{STAMP}.yaml": "apiVersion: v1\nitems: []\nkind: NetworkPolicyList\n",
            f"k8s-events-{STAMP}.html": "<html></html>",
            f"k8s-version-{STAMP}.txt": "v1.29.2",
            f"hubble-flows-cilium-x-{STAMP}.json": '{"flow":{"verdict":"FORWARDED"}}\n',
            f"logs-cilium-x-cilium-agent-{STAMP}.log": "level=info msg=start\n",
            f"logs-cilium-y-cilium-agent-{STAMP}-prev.log": "level=info msg=start\n",
            "cilium-sysdump.log": "collecting\n",
        }

    def _objects(self):
        """The lists of objects, each as a YAML list of its kind."""
        pods, nodes = [], []
        for node in self.nodes.values():
            own = [{"ip": node["node_ip"]}, {"ip": node["node_ip6"]}]
            spec = {"nodeName": node["name"], "hostNetwork": True}
            pods.append(("v1", "Pod", "kube-system", self.agent(node), spec, {"podIPs": own}))
            kinds = {"node_ip": "InternalIP", "node_ip6": "InternalIP", "router_ip": "CiliumInternalIP",
                     "router_ip6": "CiliumInternalIP"}  # fmt: skip
            addresses = [{"ip": node[key], "type": kind} for key, kind in kinds.items()]
            spec = {"addresses": addresses, "ipam": {"podCIDRs": [node["pod_cidr"], node["pod_cidr6"]]}}
            nodes.append(("cilium.io/v2", "CiliumNode", None, node["name"], spec, {}))
        for node, pod, name in self.pods():
            ips = [{"ip": pod["ip"]}, {"ip": pod["ip6"]}]
            pods.append(("v1", "Pod", "default", name, {"nodeName": node["name"]}, {"podIPs": ips}))
        metadata = {"name": "cilium-config", "namespace": "kube-system"}
        config = {"apiVersion": "v1", "data": {"tunnel-protocol": "vxlan"}, "kind": "ConfigMap", "metadata": metadata}
        return {
            f"k8s-pods-{STAMP}.yaml": listed(pods),
            f"ciliumnodes-{STAMP}.yaml": listed(nodes),
            f"cilium-configmap-{STAMP}.yaml": yaml.safe_dump(config),
        }

    def bugtool(self, node):
        """Path -> text of one agent's archive."""
        folder = self.lab / self.outputs / node["name"]
        read = {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.txt")}
        tool = self.tool
        commands = {
            "hostname": f"{node['name']}\n",
            "ip a": read["ip-a-l"],
            "ip -d -s -s l" if tool == "cilium-dbg" else "ip -d -s l": read["ip-d-link"],
            "ip -4 r": read["ip-r-s"],
            "ip -6 r": read["ip-6-r-s"],
            "ip -4 route show table 254": read["ip-r-s"],
            "ip -4 n": read["ip-n-s"],
            "ip -6 n": read["ip-6-n-s"],
            f"{tool} endpoint list": self.endpoints(node),
            f"{tool} bpf endpoint list": self.endpoint_map(node),
            f"{tool} bpf ipcache list": self.ipcache(node),
            f"{tool} identity list": self.identities(),
            f"{tool} node list": self.node_list(),
            f"{tool} status --verbose": self.status(node),
            f"{tool} bpf tunnel list": 'Error: unknown command "tunnel" for "cilium-dbg bpf"\n'
            f"> Error while running '{tool} bpf tunnel list':  exit status 1\n\n",
            "sysctl -a": "net.ipv4.ip_forward = 1\n",
            "uname -a": "Linux\n",
        }
        if tool == "cilium-dbg":
            commands[f"{tool} endpoint list -o json"] = self.endpoints_json(node)
        found = {f"cmd/{command.replace('/', ' ').replace(' ', '-')}.md": text for command, text in commands.items()}
        return found | {"conf/kernel-config": "CONFIG_BPF=y\n", "cmd/state/1284/ep_config.h": "#define X\n"}

    def endpoints(self, node):
        """`endpoint list`: a header of two lines, and lines that hold a further label alone."""
        rows = [
            ["ENDPOINT", "POLICY (ingress)", "POLICY (egress)", "IDENTITY", "LABELS (source:key[=value])", "IPv6",
             "IPv4", "STATUS"],
            ["", "ENFORCEMENT", "ENFORCEMENT", "", "", "", "", ""],
        ]  # fmt: skip
        for name, pod in node["pods"].items():
            rows += [
                [str(pod["endpoint_id"]), "Disabled", "Disabled", str(pod["identity"]), f"k8s:name={name}", pod["ip6"],
                 pod["ip"], "ready"],
                ["", "", "", "", "k8s:io.kubernetes.pod.namespace=default", "", "", ""],
            ]  # fmt: skip
        return table(rows)

    def endpoints_json(self, node):
        """`endpoint list -o json`, what of it stands in api/v1/models/endpoint_networking.go and its neighbours."""
        listed = [
            {
                "id": pod["endpoint_id"],
                "spec": {},
                "status": {
                    "external-identifiers": {"k8s-namespace": "default", "k8s-pod-name": name},
                    "identity": {"id": pod["identity"], "labels": [f"k8s:name={name}"]},
                    "networking": {
                        "addressing": [{"ipv4": pod["ip"], "ipv6": pod["ip6"]}],
                        "host-mac": pod["lxc_mac"],
                        "interface-index": pod["lxc_ifindex"],
                        "interface-name": pod["lxc"],
                        "mac": pod["eth0_mac"],
                    },
                    "state": "ready",
                },
            }
            for name, pod in node["pods"].items()
        ]
        return json.dumps(listed, indent=2)

    def endpoint_map(self, node):
        """`bpf endpoint list`: MACs in upper case, the cluster's id behind the address."""
        rows = [["IP ADDRESS", "LOCAL ENDPOINT INFO"]]
        for pod in node["pods"].values():
            identity = f"sec_id={pod['identity']:<5} " if self.tool == "cilium-dbg" else ""
            value = (
                f"id={pod['endpoint_id']:<5} {identity}flags=0x0000 ifindex={pod['lxc_ifindex']:<3} "
                f"mac={pod['eth0_mac'].upper()} nodemac={pod['lxc_mac'].upper()}"
            )
            rows += [[f"{pod['ip']}:0", value], [f"{pod['ip6']}:0", value]]
        rows += [[f"{node[name]}:0", "(localhost)"] for name in ("node_ip", "router_ip", "router_ip6")]
        return table(rows)

    def ipcache(self, node):
        """`bpf ipcache list`, as this node's agent has it."""
        rows = [["IP PREFIX/ADDRESS", "IDENTITY"]]
        for other, pod, _ in self.pods():
            endpoint = "0.0.0.0" if other is node else other["node_ip"]
            value = f"identity={pod['identity']} encryptkey=0 tunnelendpoint={endpoint}"
            if self.tool == "cilium-dbg":
                value += " flags=<none>" if other is node else " flags=hastunnel"
            rows += [[f"{pod['ip']}/32", value], [f"{pod['ip6']}/128", value]]
        return table(rows)

    def identities(self):
        """`identity list`."""
        rows = [["ID", "LABELS"], ["1", "reserved:host"]]
        for identity in sorted({pod["identity"] for _, pod, _ in self.pods()}):
            rows += [[str(identity), f"k8s:number={identity}"], ["", "k8s:io.kubernetes.pod.namespace=default"]]
        return table(rows)

    def node_list(self):
        """`node list`."""
        rows = [["Name", "IPv4 Address", "Endpoint CIDR", "IPv6 Address", "Endpoint CIDR", "Source"]]
        for node in self.nodes.values():
            addresses = [node["node_ip"], node["pod_cidr"], node["node_ip6"], node["pod_cidr6"]]
            rows.append([f"kind-lab/{node['name']}", *addresses, "custom-resource"])
        return table(rows)

    def status(self, node):
        """The lines of `status --verbose` that say something of hosts, among others."""
        allocated = [f"  {pod['ip']} (default/{name})" for name, pod in node["pods"].items()]
        return "\n".join(
            [
                "KVStore:                Ok   Disabled",
                "NodeMonitor:            Disabled",
                f"IPAM:                   IPv4: {len(allocated)}/254 allocated from {node['pod_cidr']}, ",
                "Allocated addresses:",
                *allocated,
                f"  {node['router_ip']} (router)",
                "Routing:                Network: Tunnel [vxlan]   Host: Legacy",
                "Controller Status:      1/1 healthy",
                "  Name   Last success   Last error   Count   Message",
                "  c      never          never        0       no error",
                "Cluster health:   2/2 reachable   (2024-03-04T09:11:00Z)",
                "",
            ]
        )


def listed(objects):
    """A list of objects: (version, kind, namespace or None, name, spec, status)."""
    items = [
        {"apiVersion": version, "kind": kind, "spec": spec, "status": status,
         "metadata": {"name": name} | ({"namespace": namespace} if namespace else {})}
        for version, kind, namespace, name, spec, status in objects
    ]  # fmt: skip
    version, kind = objects[0][:2]
    return yaml.safe_dump({"apiVersion": version, "items": items, "kind": f"{kind}List", "metadata": {}})


def table(rows):
    """Columns as text/tabwriter pads them: the longest cell of a column and three blanks."""
    widths = [max(len(row[column]) for row in rows if column < len(row)) + 3 for column in range(len(rows[0]))]
    return "".join("".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)) + "\n" for row in rows)
