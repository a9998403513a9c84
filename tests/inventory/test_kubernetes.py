"""Are outputs of kubectl, helm and kind read as they lie in files and stand in sessions?"""

from __future__ import annotations

import pytest

from tests.inventory.facts import inventory_of, numbered
from vxlan_dissect.addresses import parse_ip
from vxlan_dissect.inventory import Inventory
from vxlan_dissect.inventory.model import Backend, Host, Pod, Service, Setting
from vxlan_dissect.inventory.sources import parse_by_content, source_of

ALL = """\
NAME            READY   STATUS    RESTARTS        AGE   LABELS
pod/cni-7t9p4   1/1     Running   3 (4m12s ago)   44h   app=cni,pod-template-generation=1
pod/cni-8qgcs   0/1     Pending   0               44h   <none>

NAME          TYPE       CLUSTER-IP     EXTERNAL-IP   PORT(S)        AGE   LABELS
service/cni   NodePort   10.96.86.244   <none>        80:30000/TCP   44h   app=cni

NAME                  READY   UP-TO-DATE   AVAILABLE   AGE   LABELS
deployment.apps/web   2/2     2            2           44h   app=web
"""
KIND = """\
kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
networking:
  ipFamily: dual
  disableDefaultCNI: true
nodes:
- role: control-plane
  extraPortMappings:
  - containerPort: 30000
- role: worker
"""
VALUES = "bpf:\n  masquerade: true\nkubeProxyReplacement: true\n"


def settings(inventory):
    """Origin, key, value and line of each setting."""
    found = [fact for fact in inventory.facts if isinstance(fact, Setting)]
    return [(fact.origin, fact.key, fact.value, fact.source.line) for fact in found]


def test_tables_of_several_kinds():
    """Each table of one output is read by its own header, in the namespace that was asked for, and no other is."""
    inventory = inventory_of(f"root@kind:~# kubectl -n shop get all --show-labels\n{ALL}")
    pods = [(fact.name, fact.namespace, fact.status, fact.labels) for fact in inventory.facts if isinstance(fact, Pod)]
    assert pods == [
        ("cni-7t9p4", "shop", "Running", ("app=cni", "pod-template-generation=1")),
        ("cni-8qgcs", "shop", "Pending", ()),
    ]
    services = [fact for fact in inventory.facts if isinstance(fact, Service)]
    assert [(fact.name, fact.namespace, fact.ports) for fact in services] == [("cni", "shop", ((80, 30000, "TCP"),))]


def test_cells_are_cut_where_titles_begin():
    """A cell that is empty moves no other."""
    text = "NAMESPACE   NAME    READY   STATUS   RESTARTS   AGE   IP           NODE\n"
    text += "            web-1   1/1              0          1m    10.0.0.9     node-7\n"
    (pod,) = source_of("kubectl get pods -A -o wide").parse(numbered(text), Host(None), "x").facts
    assert (pod.name, pod.status or None, pod.node) == ("web-1", None, "node-7")
    assert [str(ip) for ip in pod.ips] == ["10.0.0.9"]


def test_a_command_of_helm_at_the_prompt():
    """What stands on the prompt's own line counts as what stands on the lines that it goes on over."""
    text = "root@kind:~# helm upgrade -i cilium x/y --set tunnel=vxlan \\\n  --set ipv6.enabled=true\nDone\n"
    assert settings(inventory_of(text)) == [("helm", "tunnel", "vxlan", 1), ("helm", "ipv6.enabled", "true", 2)]


@pytest.mark.parametrize("name", ["kind.yaml", "my-kind-config.yaml", "session.txt"])
def test_a_kind_config(tmp_path, name):
    """A file is read by its structure, whatever it is called."""
    (tmp_path / name).write_text(KIND)
    assert settings(Inventory.load(tmp_path)) == [
        ("kind", "networking.ipFamily", "dual", 4),
        ("kind", "networking.disableDefaultCNI", "true", 5),
        ("kind", "nodes.0.role", "control-plane", 7),
        ("kind", "nodes.0.extraPortMappings.0.containerPort", "30000", 9),
        ("kind", "nodes.1.role", "worker", 10),
    ]


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("cilium-helm-values-20240712-090000.yaml", "ipv6:\n  enabled: true\n", 2),
        ("values.yaml", "# of the chart\nipv6:\n  enabled: true\n", 3),
        ("anything.yaml", f"{VALUES}ipv6:\n  enabled: true\n", 5),
        ("helm-get-values-cilium.txt", "USER-SUPPLIED VALUES:\nipv6:\n  enabled: true\n", 3),
    ],
)
def test_values_of_a_chart(tmp_path, name, text, line):
    """Values are known by the file's name, or by words that only charts of network plugins have."""
    (tmp_path / name).write_text(text)
    assert ("helm", "ipv6.enabled", "true", line) in settings(Inventory.load(tmp_path))


def test_other_yaml_is_no_inventory(tmp_path):
    """YAML of something else is named, not read."""
    (tmp_path / "compose.yaml").write_text("services:\n  web:\n    image: x\n")
    (tmp_path / "deployment.yaml").write_text("apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: x\n")
    inventory = Inventory.load(tmp_path)
    assert not inventory
    assert {note.kind for note in inventory.notes} == {"not-a-source"}
    assert any("objects of kind 'Deployment'" in note.why for note in inventory.notes)


def test_names_of_resources():
    """Full names with their group, short names and names of one object are all understood."""
    for words in ("ciliumnodes.cilium.io", "ciliumnode/worker", "cn", "CiliumNodes"):
        assert source_of(f"kubectl get {words}").__name__.endswith(".kubectl_ciliumnodes")
    for words in ("ippools.crd.projectcalico.org", "cm", "pods,deployments"):
        assert source_of(f"kubectl get {words} -o json").__name__.endswith(".objects")


def test_backends_without_a_command():
    """A slice and the older Endpoints of one service tell the same backends."""
    text = "NAME ADDRESSTYPE PORTS ENDPOINTS AGE\ncni-x7c9f IPv4 80 10.244.1.233 44h\n\n"
    text += "NAME ENDPOINTS AGE\ncni 10.244.1.233:80 44h\n"
    found = parse_by_content(numbered(text), Host(None), "x").facts
    assert [type(fact) for fact in found] == [Backend, Backend]
    assert found[0]._replace(source=None) == found[1]._replace(source=None)


def test_whose_an_address_is(tmp_path):
    """An address that only Cilium's object tells, of a pod without any interface, is the pod's."""
    endpoint = "apiVersion: cilium.io/v2\nkind: CiliumEndpoint\nmetadata:\n  name: web-1\nstatus:\n  id: 7\n"
    (tmp_path / "cep.yaml").write_text(f"{endpoint}  networking:\n    addressing:\n    - ipv4: 10.0.0.9\n")
    assert [(owner.what, owner.pod) for owner in Inventory.load(tmp_path).owners_of_ip(parse_ip("10.0.0.9"))] == [
        ("pod", "web-1")
    ]
