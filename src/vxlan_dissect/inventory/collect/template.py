"""What would be run?

Law: the lines are made from `plan`, and what depends on an answer stands there in capitals.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from vxlan_dissect.inventory.collect import plan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vxlan_dissect.inventory.collect.live import Options
    from vxlan_dissect.inventory.collect.plan import Query


def template(options: Options) -> Iterator[str]:
    """The commands in their order, each with the file that takes its answer; text from the user stands in them."""
    kubectl = options.kubectl
    yield "# Which pods run where; these answers are not kept."
    for query in (plan.CONTEXT, plan.LIST_PODS, plan.LIST_NODES):
        yield shlex.join((*kubectl, *query.words[1:]))
    yield "# The cluster; where -A is not allowed and namespaces were named, each of them with -n."
    for query in (*plan.CLUSTER, *plan.RESOURCES):
        yield _line((*kubectl, *query.words[1:]), query.file)
    yield "# Beside an agent that runs there."
    for name in filter(None, plan.AGENTS.values()):
        query = plan.config(name)
        yield _line((*kubectl, "-n", "NAMESPACE", *query.words[1:]), query.file)
    yield f"# {_which(options.nodes, 'node')}: in Cilium's agent, by the name {' or '.join(plan.AGENT_PROGRAMS)}."
    lead = (*kubectl, "exec", "-n", "NAMESPACE", "POD", "-c", "CONTAINER", "--")
    yield from _answers("NODE", lead, (plan.AGENT_STATUS, *plan.AGENT_QUERIES))
    yield "# In the first container on the node's network that has `ip`; without -j and -d where it knows neither."
    yield from _answers("NODE", lead, (plan.ADDRESS, *plan.NODE, *plan.DEVICES))
    if options.debug_image is not None:
        yield "# NOT read-only: where none has, the same through a pod that is made and deleted."
        yield shlex.join((*kubectl, *plan.debug("NODE", options.debug_image)))
        yield shlex.join((*kubectl, *plan.undebug("node-debugger-NODE-XXXXX")))
    if options.pods:
        yield f"# {_which(options.namespaces, 'namespace')}: in each pod that runs and is not on its node's network."
        yield from _answers("NODE/pod-POD", lead, (plan.ADDRESS, *plan.POD))


def _which(names: tuple[str, ...], kind: str) -> str:
    return f"Of {kind} {', '.join(names)}" if names else f"Of every {kind}"


def _answers(place: str, lead: tuple[str, ...], queries: tuple[Query, ...]) -> Iterator[str]:
    for query in queries:
        yield _line((*lead, *query.words), f"{place}/{query.file}")


def _line(words: tuple[str, ...], file: str) -> str:
    return f"{shlex.join(words)} > {file}"
