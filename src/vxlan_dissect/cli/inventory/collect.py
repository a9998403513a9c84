"""`vxd inventory collect`: what does a live cluster say of itself?

Law: every command is shown before it runs; what could not be had is named at the end with the command and the reason.
What kubectl answers goes into the folder as it came, and to the screen only made safe.
"""

from __future__ import annotations

import shlex
import sys
from shutil import which
from typing import TYPE_CHECKING

import click

from vxlan_dissect.cli.console import say
from vxlan_dissect.errors import InventoryError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vxlan_dissect.inventory.collect.live import Missing

_MOST_NAMED = 50  # lines on what is missing; all stand in collected.json
_MOST_PLACES = 5

_EXAMPLES = """\b
Examples:
  vxd inventory collect --dry-run
  vxd inventory collect -o inventory --context kind-kind
  vxd inventory collect -o inventory --node worker --namespace default
  vxd explain 1.cap -i inventory

\b
Only reads, unless --debug-image is given. Needs the rights to get and list
pods, nodes, services and endpointslices, and to create pods/exec.

\b
Exit status: 0 all that the cluster has was collected, 1 something failed and
is named, 2 nothing could be collected. What is just not there (a pod without
`ip`, a cluster without Cilium) is named and no failure."""


def _names(_ctx: click.Context, option: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    from vxlan_dissect.inventory.collect.folder import is_name

    for name in names:
        if not is_name(name):
            raise click.BadParameter(f"{name!r} is no name that Kubernetes allows", param=option)
    return names


@click.command("collect", epilog=_EXAMPLES)
@click.option("-o", "--output", "output", default="inventory", show_default=True, metavar="FOLDER", help="Write there.")
@click.option("--force", is_flag=True, help="Also into a folder that is not empty.")
@click.option("--context", metavar="NAME", help="The context of kubectl.")
@click.option("--kubeconfig", metavar="FILE", help="The configuration of kubectl.")
@click.option(
    "--namespace", "namespaces", multiple=True, metavar="NS", callback=_names, help="Only pods of this one; repeatable."
)
@click.option(
    "--node", "nodes", multiple=True, metavar="NODE", callback=_names, help="Only this node and its pods; repeatable."
)
@click.option("--pods/--no-pods", default=True, show_default=True, help="Whether to run `ip` in pods.")
@click.option(
    "--debug-image",
    metavar="IMAGE",
    help="Not read-only: on a node where no pod has `ip`, run `kubectl debug` with this image, and delete the pod.",
)
@click.option(
    "--timeout", type=click.FloatRange(min=0.1), default=30.0, show_default=True, metavar="S", help="For each command."
)
@click.option(
    "-j", "--jobs", type=click.IntRange(1, 64), default=8, show_default=True, metavar="N", help="Hosts at a time."
)
@click.option("--kubectl", default="kubectl", show_default=True, metavar="COMMAND", help="Such as `k3s kubectl`.")
@click.option("-q", "--quiet", is_flag=True, help="Do not show the commands.")
@click.option("--dry-run", is_flag=True, help="Show the commands and run none.")
@click.pass_context
def command(
    ctx: click.Context,
    *,
    output: str,
    force: bool,
    context: str | None,
    kubeconfig: str | None,
    namespaces: tuple[str, ...],
    nodes: tuple[str, ...],
    pods: bool,
    debug_image: str | None,
    timeout: float,
    jobs: int,
    kubectl: str,
    quiet: bool,
    dry_run: bool,
) -> None:
    """Gather an inventory from a live cluster through kubectl: its objects, and `ip` on nodes and in pods."""
    from vxlan_dissect.inventory.collect.folder import Folder
    from vxlan_dissect.inventory.collect.live import Collection, Options
    from vxlan_dissect.inventory.collect.template import template

    asked = Options(
        _kubectl(kubectl, context, kubeconfig), context, namespaces, nodes, pods, debug_image, timeout, jobs
    )
    if dry_run:
        for line in template(asked):
            click.echo(line)
        return
    if which(asked.kubectl[0]) is None:
        raise UsageError(f"{asked.kubectl[0]}: no such program (--kubectl names it)")
    folder = Folder(output, force=force)
    terminal = sys.stderr.isatty()

    def show(words: tuple[str, ...], done: int, of: int) -> None:
        if not quiet:
            say((f"[{done}/{of}] " if terminal and of else "") + shlex.join(words))

    result = Collection(folder, asked, show).collect()
    for line in _lines(result.missing):
        say(line)
    if not result.files:
        raise InventoryError(output, "nothing could be collected")
    say(f"{output}: {result.files} files")
    ctx.exit(1 if any(missing.failed for missing in result.missing) else 0)


def _kubectl(text: str, context: str | None, kubeconfig: str | None) -> tuple[str, ...]:
    """The command and its first options."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise UsageError(f"--kubectl {text}: {error}") from None
    if not words:
        raise UsageError("--kubectl: no command")
    options = (("--context", context), ("--kubeconfig", kubeconfig))
    return (*words, *(f"{option}={value}" for option, value in options if value is not None))


def _lines(missing: list[Missing]) -> Iterator[str]:
    """What is missing: each failure by itself, and what is just not there in one line for all who lack it."""
    failed = [one for one in missing if one.failed]
    for one in failed[:_MOST_NAMED]:
        yield f"missing: {one.place}: {one.what + ': ' if one.what else ''}{one.why}"
    if len(failed) > _MOST_NAMED:
        yield f"missing: {len(failed) - _MOST_NAMED} more, see collected.json"
    lacking: dict[str, list[str]] = {}
    for one in missing:
        if not one.failed:
            lacking.setdefault(one.what, []).append(one.place)
    for what, places in lacking.items():
        more = f" and {len(places) - _MOST_PLACES} more" if len(places) > _MOST_PLACES else ""
        yield f"not there: {what}: {', '.join(places[:_MOST_PLACES])}{more}"
