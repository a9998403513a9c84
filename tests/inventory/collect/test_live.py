"""Does a collection hold what the cluster answered, and say what it could not get?"""

from __future__ import annotations

import json
import time

import pytest

from tests.inventory.collect import standin
from tests.inventory.test_truth import misses
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.collect.folder import Folder
from vxlan_dissect.inventory.collect.live import Collection, Options
from vxlan_dissect.inventory.model import Interface

AGENT = ("kube-system", "cilium-x", "worker", True, "cilium-agent")
LO = {"out": '[{"ifindex": 1, "ifname": "lo", "flags": ["LOOPBACK"], "addr_info": []}]'}
# As kubectl and the runtimes say it.
NO_IP = {
    "err": "error: Internal error occurred: error executing command in container: failed to exec in container: "
    'exec: "ip": executable file not found in $PATH: unknown\n',
    "status": 1,
}
FORBIDDEN = {
    "err": 'Error from server (Forbidden): pods "web" is forbidden: User "jane" cannot create resource "pods/exec" in'
    ' API group "" in the namespace "default"\n',
    "status": 1,
}
BUSYBOX = {"err": "ip: invalid argument '-j' to 'ip'\ncommand terminated with exit code 1\n", "status": 1}


@pytest.fixture
def kubectl(tmp_path):
    """A stand-in that knows an empty cluster."""
    return standin.write(tmp_path / "bin")


@pytest.fixture
def collect(tmp_path):
    """Collect from a stand-in: gives the result; the folder is `tmp_path / "out"`."""

    def collect(kubectl, **options):
        shown = []
        options = Options((kubectl.save(),), **({"seconds": 20.0, "jobs": 2} | options))
        collection = Collection(
            Folder(str(tmp_path / "out"), force=False), options, lambda words, *_: shown.append(words)
        )
        result = collection.collect()
        assert len(shown) == len(result.commands)
        assert not list((tmp_path / "out").rglob(".*"))
        return result

    return collect


def failures(result):
    """What is missing because something failed, by place and what."""
    return {(one.place, one.what): one.why for one in result.missing if one.failed}


def absent(result):
    """What is missing because it is not there."""
    return {(one.place, one.what) for one in result.missing if not one.failed}


def test_a_collection_reads_back_as_the_truth(captures_dir, tmp_path, collect):
    """Collected through kubectl, the answers of a laboratory's hosts name every address of its topology."""
    laboratory = captures_dir / "cilium-1.16"
    kubectl = standin.laboratory(tmp_path / "bin", laboratory / "inventory")
    result = collect(kubectl)
    topology = json.loads((laboratory / "topology.json").read_text(encoding="utf-8"))
    inventory = Inventory.load(tmp_path / "out")
    assert [miss for miss in misses(inventory, topology) if miss[0].node != standin.WIRE] == []
    assert inventory.conflicts == ()
    assert failures(result) == {}
    assert ("worker", "bridge -j fdb") in absent(result)
    kinds = {fact.name: fact.kind for fact in inventory.facts if isinstance(fact, Interface) and fact.host.pod is None}
    assert kinds["cilium_vxlan"] == "vxlan"


def test_only_reading_verbs_are_used(captures_dir, tmp_path, collect):
    """Without a debug image kubectl is asked to get, to exec and for its context, and nothing else."""
    kubectl = standin.laboratory(tmp_path / "bin", captures_dir / "cilium-1.16" / "inventory", ["worker"])
    collect(kubectl)
    verbs = {next(word for word in words if word in {"get", "exec", "config"}) for words in kubectl.asked()}
    inside = {tuple(words[words.index("--") + 1 :])[:1] for words in kubectl.asked() if "--" in words}
    assert verbs == {"get", "exec", "config"}
    assert inside <= {(name,) for name in "ip bridge tc ethtool nft iptables-save hostname cilium cilium-dbg".split()}
    changing = {"add", "del", "delete", "set", "replace", "flush", "change", "append"}
    assert not [words for words in kubectl.asked() if changing & set(words)]


def test_devices_are_asked_where_they_matter(captures_dir, tmp_path, collect):
    """The filters of the uplink and of the tunnel are asked for, those of the pods' veth pairs are not."""
    kubectl = standin.laboratory(tmp_path / "bin", captures_dir / "cilium-1.16" / "inventory")
    collect(kubectl, nodes=("worker",))
    asked = {words[words.index("dev") + 1] for words in kubectl.asked() if "tc" in words}
    assert asked == {"cilium_host", "cilium_vxlan", "eth0"}


def test_the_record_names_every_command(kubectl, tmp_path, collect):
    """collected.json tells when, in which context, with which command and result each file came."""
    kubectl.pods(AGENT)
    kubectl.table["pods"]["kube-system/cilium-x"] = {"ip -j -d address": LO}
    before = time.time()
    result = collect(kubectl)
    record = json.loads((tmp_path / "out" / "collected.json").read_text(encoding="utf-8"))["collected"]
    assert (record["format"], record["context"]) == (1, "lab")
    assert record["tool"].startswith("vxd ")
    assert record["started"] >= time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(before))
    assert record["started"] < record["ended"]
    assert len(record["commands"]) == len(result.commands)
    kept = {one["file"]: one for one in record["commands"] if one["file"]}
    files = {str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert set(kept) == files - {"collected.json"}
    one = kept["worker/ip-j-d-address.json"]
    assert one["command"][1:] == "exec -n kube-system cilium-x -c cilium-agent -- ip -j -d address".split()
    assert one["status"] == "ok"
    lacking = next(one for one in record["commands"] if one["command"][-1] == "rule")
    assert (lacking["file"], lacking["status"]) == (None, "absent")
    assert lacking["why"].startswith("exit status 126: OCI runtime exec failed")


def test_what_the_cluster_does_not_have_is_no_failure(kubectl, collect):
    """Resources of a CNI that does not run there are named as not there."""
    result = collect(kubectl)
    assert failures(result) == {}
    assert ("cluster", "kubectl get ciliumnodes -o json") in absent(result)


def test_a_refusal_is_named_and_the_rest_goes_on(kubectl, tmp_path, collect):
    """A pod that may not be entered is one failure, in the words of the server, and costs one command."""
    kubectl.pods(AGENT, ("default", "web", "worker", False, "app"), ("default", "db", "worker", False, "app"))
    kubectl.table["pods"] |= {"default/web": {"*": FORBIDDEN}, "default/db": {"ip -j -d address": LO}}
    kubectl.table["pods"]["kube-system/cilium-x"] = {"ip -j -d address": LO}
    kubectl.table["get services -A -o json"] = {
        "err": 'Error from server (Forbidden): services is forbidden: User "jane" cannot list resource\n',
        "status": 1,
    }
    result = collect(kubectl)
    assert failures(result) == {
        ("cluster", "kubectl get services -A -o json"): "exit status 1: Error from server (Forbidden): services is"
        ' forbidden: User "jane" cannot list resource',
        ("pod default/web", "ip address"): f"exit status 1: {FORBIDDEN['err'].strip()}",
    }
    assert sum("web" in words for words in kubectl.asked()) == 1
    assert (tmp_path / "out" / "worker" / "pod-db" / "ip-j-d-address.json").exists()


def test_any_container_of_a_pod_will_do(kubectl, tmp_path, collect):
    """Containers of a pod share its network, so one with `ip` speaks for it; a pod without is named."""
    kubectl.pods(("default", "web", "worker", False, "app,proxy"), ("default", "db", "worker", False, "app"))
    kubectl.table["pods"] |= {
        "default/web": {"proxy: ip -j -d address": LO, "app: ip -j -d address": NO_IP},
        "default/db": {},
    }
    result = collect(kubectl)
    assert (tmp_path / "out" / "worker" / "pod-web" / "ip-j-d-address.json").exists()
    assert ("pod default/db", "ip address") in absent(result)
    assert set(failures(result)) == {("worker", "ip address")}


def test_an_old_ip_prints_text(kubectl, captures_dir, tmp_path, collect):
    """Where `ip` knows no JSON its text is kept, and read back."""
    kubectl.pods(("default", "cni-7t9p4", "worker", False, "app"))
    folder = captures_dir / "cilium-1.16" / "inventory" / "worker" / "pod-cni-7t9p4"
    answers = {words: said for words, said in standin.recorded(folder).items() if "-j" not in words}
    kubectl.table["pods"]["default/cni-7t9p4"] = answers | {"*": BUSYBOX}
    result = collect(kubectl)
    kept = sorted(path.name for path in (tmp_path / "out" / "worker" / "pod-cni-7t9p4").iterdir())
    assert kept == ["ip-6-route.txt", "ip-address.txt", "ip-neigh.txt", "ip-route.txt"]
    assert set(failures(result)) == {("worker", "ip address")}
    assert Inventory.load(tmp_path / "out").who("4e:5b:57:45:63:3b").lines


def test_a_container_that_prints_json_is_preferred(kubectl, tmp_path, collect):
    """A BusyBox that comes first is passed over: on a node it names a veth's peer in the wrong namespace."""
    kubectl.pods(("kube-system", "flannel-x", "worker", True, "kube-flannel,tools"))
    kubectl.table["pods"]["kube-system/flannel-x"] = {
        "kube-flannel: ip -j -d address": BUSYBOX,
        "kube-flannel: ip address": {"out": "1: lo: <LOOPBACK> mtu 65536\n"},
        "tools: ip -j -d address": LO,
    }
    assert failures(collect(kubectl)) == {}
    assert [path.name for path in (tmp_path / "out" / "worker").iterdir()] == ["ip-j-d-address.json"]


def test_the_agent_of_old_is_called_cilium(kubectl, tmp_path, collect):
    """Up to 1.14 the agent's program has another name; help in place of an answer is no answer."""
    kubectl.pods(AGENT)
    kubectl.table["pods"]["kube-system/cilium-x"] = {
        "ip -j -d address": LO,
        "cilium status": {"out": "Cilium: Ok 1.13.0\n"},
        "cilium bpf endpoint list": {"out": "IP ADDRESS LOCAL ENDPOINT INFO\n"},
        "cilium bpf tunnel list": {"out": "Direct access to local BPF maps\n\nUsage:\n  cilium bpf [command]\n"},
        "cilium bpf lb list": {"err": "Cannot open map\ncommand terminated with exit code 1\n", "status": 1},
    }
    result = collect(kubectl)
    kept = {path.name for path in (tmp_path / "out" / "worker").iterdir()}
    assert kept == {"cilium-status.txt", "cilium-bpf-endpoint-list.txt", "ip-j-d-address.json"}
    assert ("worker", "cilium bpf tunnel list") in absent(result)
    assert failures(result) == {("worker", "cilium bpf lb list"): "exit status 1: Cannot open map"}


def test_pods_of_one_name_are_kept_apart(kubectl, tmp_path, collect):
    """Two namespaces may have pods of one name: then the namespace stands behind an @."""
    rows = [(namespace, "web", "worker", False, "app") for namespace in ("blue", "green")]
    kubectl.pods(*rows, ("blue", "db", "worker", False, "app"))
    kubectl.table["pods"] = {f"{row[0]}/web": {"ip -j -d address": LO} for row in rows}
    collect(kubectl)
    folders = sorted(path.name for path in (tmp_path / "out" / "worker").iterdir())
    assert folders == ["pod-web@blue", "pod-web@green"]


def test_namespaces_and_nodes_narrow_it(kubectl, tmp_path, collect):
    """Only the wanted nodes are asked, and only pods of the wanted namespaces; a node that is not there is named."""
    rows = [
        (namespace, f"web-{node}", node, False, "app") for namespace in ("blue", "green") for node in ("one", "two")
    ]
    kubectl.pods(*rows)
    kubectl.table["pods"] = {f"{row[0]}/{row[1]}": {"ip -j -d address": LO} for row in rows}
    result = collect(kubectl, namespaces=("blue",), nodes=("one", "three"))
    assert [str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("ip-*")] == [
        "one/pod-web-one@blue/ip-j-d-address.json"
    ]
    assert failures(result)["three", ""] == "there is no such node"
    assert {words[3] for words in kubectl.asked() if words[0] == "exec"} == {"web-one"}


def test_who_may_not_see_all_sees_a_namespace(kubectl, tmp_path, collect):
    """Where -A is refused the wanted namespaces are asked for one by one."""
    row = ("blue", "web", "worker", False, "app")
    kubectl.pods(row)
    kubectl.table[standin.LIST_PODS.replace("-A", "-n blue")] = kubectl.table.pop(standin.LIST_PODS)
    refused = {"err": "Error from server (Forbidden): pods is forbidden\n", "status": 1}
    kubectl.table[standin.LIST_PODS] = kubectl.table["get pods -A -o json"] = refused
    kubectl.table["get pods -n blue -o json"] = {"out": "{}"}
    kubectl.table["pods"] = {"blue/web": {"ip -j -d address": LO}}
    result = collect(kubectl, namespaces=("blue",))
    assert (tmp_path / "out" / "worker" / "pod-web" / "ip-j-d-address.json").exists()
    assert (tmp_path / "out" / "kubectl-get-pods-n-blue-o-json.json").exists()
    assert set(failures(result)) == {("worker", "ip address")}


def test_a_hostile_name_is_no_word_of_a_command(kubectl, tmp_path, collect):
    """What cannot be a name in Kubernetes is named as such, never run, and no file gets it."""
    good = ("default", "web", "worker", False, "app")
    names = ["../../x", "-n", "--kubeconfig=x", "a/b", "A", ".x", "a..", "x" * 254, "a\x1b[31m"]
    kubectl.pods(good, *[(*good[:at], name, *good[at + 1 :]) for at in (0, 1, 2, 4) for name in names])
    kubectl.table["pods"] = {"default/web": {"ip -j -d address": LO}}
    kubectl.table["get nodes -o name"] = {"out": "node/worker\n" + "".join(f"node/{name}\n" for name in names)}
    result = collect(kubectl)
    refused = [one for one in result.missing if "not a name that Kubernetes allows" in one.why]
    assert len(refused) == 5 * len(names)
    inside = {tuple(words[1:6]) for words in kubectl.asked() if words[0] == "exec"}
    assert inside == {("-n", "default", "web", "-c", "app")}
    assert [path.name for path in (tmp_path / "out").iterdir() if path.is_dir()] == ["worker"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bin", "out"]


def test_a_link_is_not_followed(kubectl, tmp_path):
    """A folder that is taken by force may hold links: nothing is written where they lead."""
    kubectl.pods(AGENT)
    kubectl.table["pods"]["kube-system/cilium-x"] = {"ip -j -d address": LO}
    outside, out = tmp_path / "outside", tmp_path / "out"
    outside.mkdir()
    out.mkdir()
    (out / "worker").symlink_to(outside)
    (outside / "precious").write_text("mine", encoding="utf-8")
    (out / "kubectl-get-nodes-o-json.json").symlink_to(outside / "precious")
    (out / "collected.json").symlink_to(outside / "precious")
    (out / ".kubectl-get-pods-A-o-json.json.part").symlink_to(outside / "precious")
    collection = Collection(Folder(str(out), force=True), Options((kubectl.save(),)), lambda *_: None)
    assert failures(collection.collect()).keys() == {("worker", "")}
    assert [path.name for path in outside.iterdir()] == ["precious"]
    assert (outside / "precious").read_text(encoding="utf-8") == "mine"
    assert {path.name for path in out.rglob("*") if path.is_symlink()} == {"worker"}
    assert (out / "kubectl-get-pods-A-o-json.json").exists()
    assert not list(out.rglob(".*"))


def test_a_node_without_a_way_in_gets_a_pod_only_when_asked(kubectl, tmp_path, collect):
    """With a debug image a pod is made, asked and deleted where there is no `ip`, not where entering is refused."""
    kubectl.pods(
        AGENT, ("default", "web", "bare", False, "app"), ("kube-system", "cilium-y", "closed", True, "cilium-agent")
    )
    kubectl.table["pods"] |= {
        "kube-system/cilium-x": {"ip -j -d address": LO},
        "kube-system/cilium-y": {"*": FORBIDDEN},
        "default/node-debugger-bare-x7x2p": {"debugger: ip -j -d address": LO},
    }
    made = "debug node/bare -n default --image=busybox --profile=netadmin -- sleep 3600"
    kubectl.table.update(
        {
            made: {"out": "Creating debugging pod node-debugger-bare-x7x2p with container debugger on node bare.\n"},
            "wait -n default --for=condition=Ready --timeout=20s pod/node-debugger-bare-x7x2p": {"out": "met\n"},
            "delete pod node-debugger-bare-x7x2p -n default --wait=false": {"out": "deleted\n"},
        }
    )
    result = collect(kubectl, debug_image="busybox")
    changing = [words for words in kubectl.asked() if words[0] in {"debug", "delete"}]
    assert [" ".join(words) for words in changing] == [
        made,
        "delete pod node-debugger-bare-x7x2p -n default --wait=false",
    ]
    assert (tmp_path / "out" / "bare" / "ip-j-d-address.json").exists()
    assert {place for place, _ in failures(result)} == {"closed"}
    inside = [words[words.index("--") + 1] for words in kubectl.asked() if "cilium-y" in words]
    assert inside == ["cilium-dbg", "ip"]


def test_a_pod_that_stays_is_named(kubectl, collect):
    """A debugging pod that cannot be deleted is named with the command that would."""
    kubectl.table["get nodes -o name"] = {"out": "node/bare\n"}
    kubectl.table["debug node/bare -n default --image=i --profile=netadmin -- sleep 3600"] = {
        "out": "Creating debugging pod node-debugger-bare-x7x2p with container debugger on node bare.\n"
    }
    result = collect(kubectl, debug_image="i")
    (what, why), *_ = [(what, why) for (_, what), why in failures(result).items() if "delete" in what]
    assert what.endswith("delete pod node-debugger-bare-x7x2p -n default --wait=false")
    assert why.startswith("the pod made for this is still there: ")
