"""What stands in for kubectl?

Law: a program that the test writes; it answers from a table and from what real hosts printed, fails as kubectl and the
container runtimes fail, in their words, and writes down what it was asked.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """#!{python} -IS
import json, os, sys, time
here = {here!r}
table = json.load(open(here + "/table.json"))
words = [word for word in sys.argv[1:] if not word.startswith(("--context=", "--kubeconfig="))]
with open(here + "/asked.txt", "a") as asked:
    asked.write(json.dumps(sys.argv[1:]) + "\\n")

def answer(said):
    sys.stdout.flush()
    if "seconds" in said:
        time.sleep(said["seconds"])
    if "bytes" in said:
        for _ in range(said["bytes"] >> 20):
            sys.stdout.buffer.write(b"x" * (1 << 20))
    if "file" in said:
        sys.stdout.buffer.write(open(said["file"], "rb").read())
    sys.stdout.write(said.get("out", ""))
    sys.stderr.write(said.get("err", ""))
    if "run" in said:
        os.execvp(said["run"][0], said["run"])
    sys.exit(said.get("status", 0))

if words[:1] == ["exec"] or words[:1] == ["-n"] and words[2:3] == ["exec"]:
    at = words.index("--")
    pod = words[words.index("-n") + 1] + "/" + words[at - 3]
    own = table["pods"].get(pod)
    if own is None:
        answer({{"err": 'Error from server (NotFound): pods "%s" not found\\n' % pod, "status": 1}})
    asked = " ".join(words[at + 1:])
    said = own.get(words[at - 1] + ": " + asked) or own.get(asked) or own.get("*")
    if said is None:
        answer({{"err": 'OCI runtime exec failed: exec failed: unable to start container process: exec: "%s": '
                 "executable file not found in $PATH: unknown\\ncommand terminated with exit code 126\\n"
                 % words[at + 1], "status": 126}})
    if "run" in said:
        said = {{"run": said["run"] + words[at + 1:]}}
    answer(said)
asked = " ".join(words)
if asked not in table:
    kind = words[words.index("get") + 1] if "get" in words else ""
    answer({{"err": 'error: the server doesn\\'t have a resource type "%s"\\n' % kind, "status": 1}})
answer(table[asked])
"""

# What the hosts of the laboratories were asked, by their files.
FILES = {
    "ip -j route": "ip-j-route.txt",
    "ip -j -6 route": "ip-j-6-route.txt",
    "ip -j neigh": "ip-j-neigh.txt",
    "ip address": "ip-a-l.txt",
    "ip route": "ip-r-s.txt",
    "ip -6 route": "ip-6-r-s.txt",
    "ip neigh": "ip-n-s.txt",
}


class Standin(NamedTuple):
    """The program, and its table to be changed: answers by the words behind `kubectl`, and by pod."""

    path: Path
    table: dict

    def save(self):
        """Let the program know the table; gives its path."""
        (self.path.parent / "table.json").write_text(json.dumps(self.table), encoding="utf-8")
        return str(self.path)

    def asked(self):
        """What it was asked, as lists of words."""
        lines = (self.path.parent / "asked.txt").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def pods(self, *rows):
        """Say which pods there are: (namespace, name, node, on its network, containers)."""
        lines = [
            f"{namespace}   {name}   {node}   {'true' if host else '<none>'}   Running   {containers}\n"
            for namespace, name, node, host, containers in rows
        ]
        self.table[LIST_PODS] = {"out": "".join(lines)}
        self.table["get nodes -o name"] = {
            "out": "".join(f"node/{node}\n" for node in sorted({row[2] for row in rows}))
        }


WIRE = "underlay"
LIST_PODS = (
    "get pods -A --no-headers -o custom-columns=NAMESPACE:.metadata.namespace,NAME:.metadata.name,NODE:.spec.nodeName,"
    "HOST:.spec.hostNetwork,PHASE:.status.phase,CONTAINERS:.spec.containers[*].name"
)


def write(folder):
    """A stand-in that knows an empty cluster."""
    folder.mkdir()
    path = folder / "kubectl"
    path.write_text(PROGRAM.format(python=sys.executable, here=str(folder)), encoding="utf-8")
    path.chmod(0o755)
    table = {"pods": {}, "config current-context": {"out": "lab\n"}}
    for kind in ("pods -A", "nodes", "services -A", "endpointslices -A"):
        table[f"get {kind} -o json"] = {"out": '{"kind": "List", "items": []}\n'}
        table[f"get {kind} -o wide"] = {"err": "No resources found\n"}
    standin = Standin(path, table)
    standin.pods()
    return standin


def recorded(folder):
    """The answers of a host of a laboratory, from the files of its folder."""
    found = {words: {"file": str(folder / name)} for words, name in FILES.items()}
    # `ip -j -d address` is what `ip -j address` and `ip -j -d link` print, in one object for each device.
    addresses, links = (json.loads((folder / name).read_bytes()) for name in ("ip-j-addr.txt", "ip-d-j-link.txt"))
    details = {link["ifindex"]: link for link in links if link}
    both = [details.get(link["ifindex"], {}) | link for link in addresses if link]
    return found | {"ip -j -d address": {"out": json.dumps(both)}}


def laboratory(folder, inventory, nodes=None):
    """A stand-in for a cluster of Cilium whose hosts print what the hosts of a laboratory printed.

    The wire between the nodes is a host of the laboratory that no cluster knows. `nodes` leaves out all others.
    """
    standin = write(folder)
    rows = []
    for node in sorted(path for path in inventory.iterdir() if path.is_dir() and path.name != WIRE):
        if nodes and node.name not in nodes:
            continue
        agent = f"cilium-{node.name}"
        rows.append(("kube-system", agent, node.name, True, "cilium-agent"))
        standin.table["pods"][f"kube-system/{agent}"] = recorded(node) | {
            "cilium-dbg status": {"out": "KVStore: Ok Disabled\nCilium: Ok 1.16.19\n"}
        }
        for pod in sorted(path for path in node.iterdir() if path.is_dir()):
            name = pod.name.removeprefix("pod-")
            rows.append(("default", name, node.name, False, "app"))
            standin.table["pods"][f"default/{name}"] = recorded(pod)
    standin.pods(*rows)
    return standin
