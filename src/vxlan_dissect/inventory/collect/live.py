"""What does a cluster answer through kubectl?

Law: it goes on when a command fails, and what could not be had is named once, with the command and the reason. Only
`--debug-image` makes anything in the cluster: one pod on a node that has no other way in, taken away at the end.
"""

from __future__ import annotations

import os
import re
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from threading import Event, Lock
from typing import TYPE_CHECKING, NamedTuple

from vxlan_dissect.inventory.collect import hosts, plan
from vxlan_dissect.inventory.collect.folder import Command, Folder, is_name, pod_folder
from vxlan_dissect.inventory.collect.run import Outcome, run
from vxlan_dissect.inventory.reading.load import MOST_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from vxlan_dissect.inventory.collect.plan import Query

_STEER = ".steer"  # a file that no loader reads, as it is hidden, and that is gone at once


class Options(NamedTuple):
    """What to collect; no namespaces or nodes: all. `kubectl` is the command with its first options.

    `context` is the name of the cluster's context where one was chosen; the words of `kubectl` hold it too.
    """

    kubectl: tuple[str, ...] = ("kubectl",)
    context: str | None = None
    namespaces: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    pods: bool = True
    debug_image: str | None = None
    seconds: float = 30.0
    jobs: int = 8


class Missing(NamedTuple):
    """What could not be had: of which host (`place`), what, and why; `failed` unless it just is not there.

    Text from outside may stand in all of them.
    """

    place: str
    what: str
    why: str
    failed: bool


class Result(NamedTuple):
    """What came of it."""

    commands: list[Command]
    missing: list[Missing]

    @property
    def files(self) -> int:
        """How many answers were kept."""
        return sum(command.file is not None for command in self.commands)


class _Way(NamedTuple):
    """The words that lead to an `ip` of a host, and whether it is one that knows no JSON."""

    lead: tuple[str, ...]
    plain: bool


class Collection:
    """One collection. `show` is called before each command runs, with its words and how many hosts are done of all."""

    def __init__(self, folder: Folder, options: Options, show: Callable[[tuple[str, ...], int, int], None]) -> None:
        self.folder, self.options, self.show = folder, options, show
        self.result = Result([], [])
        self._stop, self._lock = Event(), Lock()
        self._done = self._all = 0

    def collect(self) -> Result:
        """Ask everything, and leave a record of it; an interrupt ends what runs and is passed on."""
        context, started = self.options.context, time.time_ns()
        try:
            if context is None:
                context = self._steer(plan.CONTEXT)[0].strip() or None
            self._collect()
        finally:
            self.result.missing.sort()
            self.folder.record(tool(), context, started, time.time_ns(), self.result.commands)
        return self.result

    def _collect(self) -> None:
        running = list(self._pods())
        names = Counter(pod.name for pod in running)
        pods = [pod for pod in running if self._wanted(pod.node)]
        jobs = [*self._cluster(pods), *self._hosts(pods, names)]
        self._all = len(jobs)
        with ThreadPoolExecutor(self.options.jobs) as pool:
            try:
                futures = [pool.submit(self._job, job) for job in jobs]
                for future in futures:
                    future.result()
            except BaseException:
                self._stop.set()
                pool.shutdown(cancel_futures=True)
                raise

    def _job(self, job: tuple[str, Callable[[], None]]) -> None:
        place, work = job
        try:
            work()
        except OSError as error:  # a folder that cannot be made
            self._miss(place, "", str(error.strerror or error))
        with self._lock:
            self._done += 1

    def _wanted(self, node: str) -> bool:
        return not self.options.nodes or node in self.options.nodes

    # The cluster.

    def _cluster(self, pods: list[hosts.Pod]) -> Iterator[tuple[str, Callable[[], None]]]:
        for query in plan.CLUSTER:
            yield "cluster", partial(self._objects, query)
        for query in plan.RESOURCES:
            yield "cluster", partial(self._keep, (), query)
        # Where an agent runs its configuration lies beside it.
        for namespace, name in sorted({(pod.namespace, name) for pod in pods for name in pod.containers}):
            config = plan.AGENTS.get(name)
            if config is not None:
                yield "cluster", partial(self._keep, ("-n", namespace), plan.config(config))

    def _objects(self, query: Query) -> None:
        """All objects of a kind; of the wanted namespaces only, where not all may be seen."""
        asked = self._ask("", self._words(query), query.file)
        if not asked.why:
            return
        if "-A" not in query.words or not self.options.namespaces:
            self._miss("cluster", " ".join(query.words), asked.why, asked)
        for namespace in self.options.namespaces if "-A" in query.words else ():
            self._keep((), plan.in_namespace(query, namespace))

    def _pods(self) -> Iterator[hosts.Pod]:
        """The pods that run, as a table tells them."""
        queries = [plan.LIST_PODS]
        text, asked = self._steer(plan.LIST_PODS)
        if asked.why and self.options.namespaces:
            queries = [plan.in_namespace(plan.LIST_PODS, namespace) for namespace in self.options.namespaces]
            tables = [self._steer(query) for query in queries]
        else:
            tables = [(text, asked)]
        for query, (text, asked) in zip(queries, tables, strict=True):
            if asked.why:
                self._miss("cluster", " ".join(query.words), asked.why, asked)
            for line in text.splitlines():
                pod = hosts.pod_of(line)
                if isinstance(pod, str):
                    self._miss("cluster", line, pod)
                elif pod is not None:
                    yield pod

    def _nodes(self, pods: list[hosts.Pod]) -> list[str]:
        """The nodes, also those that run no pod."""
        text, asked = self._steer(plan.LIST_NODES)
        if asked.why:
            self._miss("cluster", " ".join(plan.LIST_NODES.words), asked.why, asked)
        listed = {line.partition("/")[2].strip() for line in text.splitlines()}
        for name in sorted(listed):
            if not is_name(name):
                self._miss("cluster", name, hosts.NO_NAME)
        found = {name for name in listed | {pod.node for pod in pods} if is_name(name)}
        for name in self.options.nodes:
            if name not in found:
                self._miss(name, "", "there is no such node")
        return sorted(name for name in found if self._wanted(name))

    def _steer(self, query: Query) -> tuple[str, Outcome]:
        """An answer that only tells what to ask next: its text, and how it came."""
        path = os.path.join(self.folder.path, _STEER)
        asked = self._ask("", self._words(query), None, path)
        return _take(path), asked

    # The hosts.

    def _hosts(self, pods: list[hosts.Pod], names: Counter[str]) -> Iterator[tuple[str, Callable[[], None]]]:
        for node in self._nodes(pods):
            speakers = sorted((pod for pod in pods if pod.node == node and pod.host), key=hosts.rank)
            yield node, partial(self._node, node, speakers)
        for pod in pods if self.options.pods else ():
            if not pod.host and (not self.options.namespaces or pod.namespace in self.options.namespaces):
                yield pod.place, partial(self._pod, pod, alone=names[pod.name] == 1)

    def _pod(self, pod: hosts.Pod, *, alone: bool) -> None:
        place = f"{pod.node}/{pod_folder(pod.name, pod.namespace, alone=alone)}"
        folder = self.folder.place(*place.split("/"))
        way = self._way(place, [self._into(pod, name) for name in pod.containers])
        if isinstance(way, Outcome):
            # An image often has no `ip`, and the node tells most of such a pod.
            self._miss(pod.place, "ip address", str(way.why), way)
            with suppress(OSError):  # one that is taken by force may hold something
                os.rmdir(folder)
            return
        for query in plan.POD:
            self._tell(place, pod.place, way.lead, query, plain=way.plain)

    def _node(self, node: str, speakers: list[hosts.Pod]) -> None:
        self.folder.place(node)
        agent = next((pod for pod in speakers if plan.AGENT in pod.containers), None)
        if agent is not None:
            self._agent(node, self._into(agent, plan.AGENT))
        leads = [self._into(pod, name) for pod in speakers for name in hosts.containers(pod)]
        way = self._way(node, leads)
        if isinstance(way, _Way):
            self._host(node, way)
        elif way.absent and self.options.debug_image is not None:
            self._debug(node, self.options.debug_image)
        else:
            self._miss(node, "ip address", str(way.why))

    def _host(self, node: str, way: _Way) -> None:
        for query in plan.NODE:
            self._tell(node, node, way.lead, query, plain=way.plain)
        if not way.plain:
            for device in hosts.devices(os.path.join(self.folder.path, node, plan.ADDRESS.file)):
                for query in plan.DEVICES:
                    self._tell(node, node, way.lead, query.of_device(device))

    def _agent(self, node: str, lead: tuple[str, ...]) -> None:
        """What Cilium's agent says, by whichever of its names it has."""
        for program in plan.AGENT_PROGRAMS:
            status = plan.by_program(plan.AGENT_STATUS, program)
            asked = self._ask(node, (*lead, *status.words), status.file)
            if not asked.no_program:
                break
        if asked.why:
            self._miss(node, " ".join(status.words), asked.why, asked)
        if not asked.why or asked.ran:  # else there is no way in, and no answer to any other
            for query in plan.AGENT_QUERIES:
                self._tell(node, node, lead, plan.by_program(query, program))

    def _way(self, place: str, leads: list[tuple[str, ...]]) -> _Way | Outcome:
        """The first of the words that lead to an `ip` of the host, which has then told its addresses; or why none does.

        One that prints JSON is preferred: BusyBox names a veth's peer in the wrong namespace (libiproute/ipaddress.c).
        """
        best = Outcome("no container has `ip`" if leads else "no pod on the node's network runs there", absent=True)
        plain = plan.ADDRESS.plain()
        ran: list[tuple[str, ...]] = []
        for query, candidates in ((plan.ADDRESS, leads[: plan.MOST_WAYS]), (plain, ran)):
            for lead in candidates:
                asked = self._ask(place, (*lead, *query.words), query.file)
                if not asked.why:
                    return _Way(lead, query is plain)
                if asked.ran and query is not plain:
                    ran.append(lead)
                elif not asked.no_program and (best.absent or not asked.absent):
                    best = asked
        return best

    def _debug(self, node: str, image: str) -> None:
        """Ask through a pod that is made for it and taken away."""
        kubectl, there = self.options.kubectl, ("-n", plan.DEBUG_NAMESPACE)
        path = os.path.join(self.folder.path, node, _STEER)
        asked = self._ask(node, (*kubectl, *plan.debug(node, image)), None, path)
        said = asked.errors + _take(path)
        # "Creating debugging pod node-debugger-worker-x7x2p with container debugger on node worker."
        name = re.search(rf"\b(node-debugger-{re.escape(node)}-[a-z0-9]+) with container ([a-z0-9-]+)", said)
        if name is None:
            why = asked.why or "it does not say which pod it made"
            self._miss(node, "kubectl debug", f"{why} (a pod node-debugger-{node}-* may be there now)")
            return
        try:
            ready = (*kubectl, "wait", *there, "--for=condition=Ready", f"--timeout={self.options.seconds:g}s")
            self._ask(node, (*ready, f"pod/{name[1]}"), None, path)
            way = self._way(node, [(*kubectl, "exec", *there, name[1], "-c", name[2], "--")])
            if isinstance(way, _Way):
                self._host(node, way)
            else:
                self._miss(node, "ip address", str(way.why))
        finally:
            words = (*kubectl, *plan.undebug(name[1]))
            asked = self._ask(node, words, None, path, stop=Event())  # also after an interrupt
            if asked.why:
                self._miss(node, " ".join(words), f"the pod made for this is still there: {asked.why}")
            _take(path)

    # One command.

    def _words(self, query: Query) -> tuple[str, ...]:
        return (*self.options.kubectl, *query.words[1:])

    def _into(self, pod: hosts.Pod, container: str) -> tuple[str, ...]:
        return (*self.options.kubectl, "exec", "-n", pod.namespace, pod.name, "-c", container, "--")

    def _keep(self, lead: tuple[str, ...], query: Query) -> None:
        """Ask the cluster."""
        asked = self._ask("", (*self.options.kubectl, *lead, *query.words[1:]), query.file)
        if asked.why:
            self._miss("cluster", " ".join(query.words), asked.why, asked)

    def _tell(self, place: str, called: str, lead: tuple[str, ...], query: Query, *, plain: bool = False) -> None:
        """Ask a host."""
        query = query.plain() if plain else query
        asked = self._ask(place, (*lead, *query.words), query.file)
        if asked.why:
            self._miss(called, " ".join(query.words), asked.why, asked)

    def _ask(
        self, place: str, words: tuple[str, ...], name: str | None, path: str = "", *, stop: Event | None = None
    ) -> Outcome:
        """Run one command and enter it; `name` is its file in `place`, `path` where what is not kept goes."""
        file = "/".join(part for part in (place, name) if part) if name else None
        with self._lock:
            self.show(words, self._done, self._all)
        began = time.time_ns()
        outcome = run(
            words,
            os.path.join(self.folder.path, *file.split("/")) if file else path,
            self.options.seconds,
            MOST_BYTES,
            stop or self._stop,
        )
        status = "ok" if not outcome.why else "absent" if outcome.absent else "failed"
        kept = file if not outcome.why or outcome.cut else None
        with self._lock:
            self.result.commands.append(Command(words, kept, status, began, time.time_ns(), outcome.why))
        return outcome

    def _miss(self, place: str, what: str, why: str, asked: Outcome | None = None) -> None:
        with self._lock:
            self.result.missing.append(Missing(place, what, why, failed=asked is None or not asked.absent))


def _take(path: str) -> str:
    """The text of a file that is not to stay, empty where there is none."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read()
        os.unlink(path)
    except FileNotFoundError:
        return ""
    return text


def tool() -> str:
    """The program and its version, as records name it."""
    try:
        return f"vxd {version('vxlan_dissect')}"
    except PackageNotFoundError:
        return "vxd"
