"""Which commands are there, and how does the program end?

Law: a command's module is imported only when that command runs, so that `vxd --help` costs no more than click. Every
problem that a user can act on ends as one line on standard error and an exit status, never as a traceback.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from vxlan_dissect.cli.console import quiet_output, say
from vxlan_dissect.cli.lazy import LazyGroup
from vxlan_dissect.errors import VxdError

if TYPE_CHECKING:
    from collections.abc import Sequence

# Module of this package -> what `vxd --help` says of it.
COMMANDS = {
    "diagnose": "Say what is wrong in captures, and where.",
    "explain": "Explain every frame of a capture.",
    "inventory": "Gather what the hosts say of themselves.",
    "packets": "List the frames of a capture, one line each.",
    "rule": "Show what a rule says and how it knows.",
    "topology": "Show what hangs on what: nodes, pods, tunnels, services.",
    "trace": "Follow packets through captures of several places.",
    "who": "Say whose a MAC or IP address is.",
}
INTERRUPTED = 130


class Commands(LazyGroup):
    """The commands of the program, and how what goes wrong in them ends."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run, and turn what may go wrong into a line and a status."""
        try:
            super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:  # the reader has seen enough, as `head` does
            quiet_output()
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)
        except VxdError as error:
            say(str(error))
            ctx.exit(error.exit_code)
        except OSError as error:
            say(f"{error.filename or 'output'}: {error.strerror or error}")
            ctx.exit(VxdError.exit_code)


def _version(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            number = version("vxlan_dissect")
        except PackageNotFoundError:
            number = "(not installed)"
        click.echo(f"vxd {number}")
        ctx.exit()


@click.command(
    cls=Commands,
    package="vxlan_dissect.cli",
    sentences=COMMANDS,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="\b\nStart with:  vxd explain 1.cap\nThen ask:    vxd explain --help",
)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
@click.pass_context
def group(ctx: click.Context) -> None:
    """Explain captures of Kubernetes overlay networks, frame by frame."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `vxd` with `arguments` (those of the process by default) and give the exit status."""
    # numpy starts a pool of BLAS threads on import, which costs 30 ms and is never used here.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        return group.main(arguments, prog_name="vxd", standalone_mode=False) or 0
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else "vxd"
        say(f"{error.format_message().rstrip('.')} (see {where} --help)")
        return error.exit_code
    except click.ClickException as error:
        say(error.format_message())
        return error.exit_code
    except click.Abort:
        return INTERRUPTED
