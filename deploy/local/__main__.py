"""Run Foothold on this machine: `python -m deploy.local --help`, or the words of the Makefile."""

import argparse
import asyncio
import contextlib
import itertools
import signal
import sys
import tempfile
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path

from rich.console import Console
from rich.prompt import Confirm

from deploy.local import process
from deploy.local.credentials import credentials_in
from deploy.local.errors import LocalError
from deploy.local.lock import FolderLock
from deploy.local.panel import panel_of
from deploy.local.services import DEFAULT_PORTS, SERVER_PORTS, SERVICES
from deploy.local.settings import ROOT, LocalSettings
from deploy.local.system import LocalSystem, Plan, module_of, tools
from shared.auth import Kind

Command = Callable[[argparse.Namespace], Coroutine[None, None, int]]

# How a service is run, given its name and a verb; tests of this program put stand-ins here.
command_of: Callable[[str, str], Sequence[str]] = module_of

_screen = Console(highlight=False)
_errors = Console(stderr=True, highlight=False)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; what a person can mend is said without a traceback."""
    chosen = _parser().parse_args(arguments)
    command: Command = chosen.command
    try:
        return asyncio.run(_until_asked_to_stop(command(chosen)))
    except LocalError as error:
        problem = str(error)
    except PermissionError as error:
        problem = (
            f"{error.filename} belongs to another user of this machine. "
            "Remove it, or set FOOTHOLD_HOME to another folder."
        )
    _errors.print(problem, style="red", markup=False, soft_wrap=True)
    return 1


async def up(chosen: argparse.Namespace) -> int:
    """Run everything until Ctrl-C or SIGTERM."""
    ports = {**SERVER_PORTS, **DEFAULT_PORTS, **chosen.ports}
    plan = Plan(ports=ports, keep_servers=True, command=command_of)
    wanted = _sample_wanted(said=chosen.sample)
    # A signal cancels this task: leaving the context stops everything, whatever was under way.
    with contextlib.suppress(asyncio.CancelledError):
        if wanted:
            # Imported here: it brings what only the sample needs.
            from deploy.local.sample.living import with_sample  # noqa: PLC0415

            running: AbstractAsyncContextManager[LocalSystem] = with_sample(_home(), plan, report=_report)
        else:
            running = LocalSystem(_home(), plan, report=_report)
        async with running as system:
            _screen.print(panel_of(system))
            await asyncio.Event().wait()
    _report("everything has been stopped")
    return 0


def _sample_wanted(*, said: bool | None) -> bool:
    """Whether a home that is new is to be filled with the sample; asked where somebody can answer."""
    new = not (_home() / "postgres").exists()
    if said and not new:
        raise LocalError(
            f"There is data in {_home()} already. Move it away, or set FOOTHOLD_HOME to a new folder."
        )
    if said is None and new and sys.stdin.isatty():
        return Confirm.ask("Begin with a sample: invented people, three weeks of work?", default=True)
    return bool(said)


async def demo(chosen: argparse.Namespace) -> int:
    """Show three weeks of the main job in compressed time."""
    del chosen
    # Imported here: the other commands start faster without it.
    from deploy.local.demo import run  # noqa: PLC0415

    return await run()


async def migrate(chosen: argparse.Namespace) -> int:
    """Bring the database up to date."""
    del chosen
    async with LocalSystem(_home(), _servers_only(), report=_report):
        _report("the database is up to date")
    return 0


async def import_directory(chosen: argparse.Namespace) -> int:
    """Take in a directory of services."""
    file: Path = chosen.file
    if not file.exists():
        raise LocalError(f"There is no file or folder {file}")
    async with tools(_home(), _servers_only(), report=_report) as environments:
        return await _tool(environments, "navigation", "import-directory", str(file.absolute()))


async def rebuild_desk(chosen: argparse.Namespace) -> int:
    """Make the desk's picture anew from what every service ever stated, while everything goes on."""
    del chosen
    if not FolderLock(_home().absolute()).held_elsewhere():
        raise LocalError("The services must be running for this: start them with `make up`.")
    async with tools(_home(), _servers_only(), report=_report) as environments:
        return await _tool(environments, "desk", "rebuild")


async def dead_letters(chosen: argparse.Namespace) -> int:
    """List every service's dead letters."""
    del chosen
    async with tools(_home(), _servers_only(), report=_report) as environments:
        statuses = [await _tool(environments, service, "dead-letters") for service in SERVICES]
    return max(statuses)


async def replay(chosen: argparse.Namespace) -> int:
    """Give a dead letter to its handler again, in whichever service keeps it."""
    async with tools(_home(), _servers_only(), report=_report) as environments:
        kept = await asyncio.gather(*(_keeps(environments, service, chosen.id) for service in SERVICES))
        for service in itertools.compress(SERVICES, kept):
            return await _tool(environments, service, "replay", chosen.id)
    raise LocalError(f"No dead letter {chosen.id} is waiting anywhere; `make dead-letters` lists them.")


async def verify_audit(chosen: argparse.Namespace) -> int:
    """Prove that the desk's audit is as it was written."""
    del chosen
    logs = itertools.chain.from_iterable(
        ("--log", str(log)) for log in sorted((_home() / "logs").glob("desk*.log"))
    )
    async with tools(_home(), _servers_only(), report=_report) as environments:
        return await _tool(environments, "desk", "verify-audit", *logs)


async def token(chosen: argparse.Namespace) -> int:
    """Print a token, and nothing else, for use in a script."""
    credentials = credentials_in(_home() / "secrets")
    kind: Kind = "service" if chosen.service else "staff"
    sys.stdout.write(credentials.token(kind, chosen.role, lifetime=timedelta(hours=chosen.hours)) + "\n")
    return 0


async def _tool(environments: Mapping[str, Mapping[str, str]], service: str, *words: str) -> int:
    """Run a command of a service, its output on our screen."""
    return await process.run(
        [*command_of(service, words[0]), *words[1:]],
        environment=environments[service],
        log=None,
        folder=ROOT,
    )


async def _keeps(environments: Mapping[str, Mapping[str, str]], service: str, letter: str) -> bool:
    """Tell whether a dead letter waits in this service: each is listed as one JSON object a line."""
    with tempfile.NamedTemporaryFile("r", prefix="foothold-") as listing:
        await process.run(
            command_of(service, "dead-letters"),
            environment=environments[service],
            log=Path(listing.name),
            folder=ROOT,
        )
        return any(f'"id": "{letter.lower()}"' in line for line in listing)


async def _until_asked_to_stop(work: Coroutine[None, None, int]) -> int:
    """Run to the end or to the first SIGINT or SIGTERM; further signals do not disturb the tidying up."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    asked: list[signal.Signals] = []

    def ask(name: signal.Signals) -> None:
        if not asked:
            _report("stopping")
            task.cancel()
        asked.append(name)

    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(name, ask, name)
    try:
        return await task
    except asyncio.CancelledError:
        # As a shell reports a program that a signal ended.
        return 128 + (asked[0] if asked else signal.SIGINT)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m deploy.local", description="Run Foothold on this machine."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Command) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=command.__doc__, description=command.__doc__)
        added.set_defaults(command=command)
        return added

    ports = add("up", up)
    ports.add_argument(
        "--ports", type=_ports, default={}, help="for example intake=9101,postgres=0; 0 is any free port"
    )
    ports.add_argument(
        "--sample",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="fill a new home with invented people and three weeks of work; asked if not said",
    )
    add("demo", demo)
    add("migrate", migrate)
    add("import-directory", import_directory).add_argument("file", type=Path)
    add("rebuild-desk", rebuild_desk)
    add("dead-letters", dead_letters)
    add("replay", replay).add_argument("id")
    add("verify-audit", verify_audit)
    access = add("token", token)
    access.add_argument("--role", action="append", default=[], help="case_manager, supervisor, …")
    access.add_argument("--service", action="store_true", help="a token for a program, not for staff")
    access.add_argument("--hours", type=float, default=12.0, help="how long it is valid")
    return parser


def _ports(text: str) -> dict[str, int]:
    try:
        ports = {name: int(port) for name, _, port in (part.partition("=") for part in text.split(","))}
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not like intake=9101,postgres=15432") from None
    known = {*SERVER_PORTS, *DEFAULT_PORTS}
    if unknown := ports.keys() - known:
        raise argparse.ArgumentTypeError(f"no such part: {', '.join(unknown)}; known: {', '.join(known)}")
    return ports


def _servers_only() -> Plan:
    return Plan(serve=(), command=command_of)


def _home() -> Path:
    return LocalSettings().home


def _report(message: str) -> None:
    _errors.print(message, style="dim", markup=False)


if __name__ == "__main__":
    sys.exit(main())
