"""``python -m media.sfu``: one media node, until SIGTERM or SIGINT.

The token of a TCP control port comes from the environment (``DIEMCAU_NODE_TOKEN``), as arguments can be seen by all; so does what
web and worker must know too, with how little free disk recordings give way (``DIEMCAU_DISK_LOW_GB``).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import ipaddress
import os
import signal
import sys
from pathlib import Path

import structlog

from media import room, wire
from media.sfu.control import ControlServer
from media.sfu.node import Node
from media.sfu.udp import UdpPort

log = structlog.get_logger("media.sfu")


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    """The command line, checked."""
    parser = argparse.ArgumentParser(prog="python -m media.sfu", description="The media node: forwards sound and picture.")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the data folder")
    parser.add_argument("--udp-port", type=int, default=0, metavar="N", help="the one UDP port (0: any free one)")
    parser.add_argument("--bind", default="0.0.0.0", metavar="IP", help="where the UDP port listens")  # noqa: S104
    parser.add_argument("--local", action="store_true", help="hear this machine only, on whatever address it listens")
    parser.add_argument(
        "--address", action="append", metavar="IP", help="an address at which pages reach the node; may be repeated"
    )
    parser.add_argument(
        "--relay", metavar="HOST:PORT", help="where other nodes get this one's sessions (TLS over TCP; port 0: any free one)"
    )
    parser.add_argument("--metrics", metavar="HOST:PORT", help="where http://HOST:PORT/metrics tells Prometheus how it does")
    parser.add_argument("--control", metavar="ADDRESS", help="unix:/path or tcp:host:port (default: DIR/run/node.sock)")
    options = parser.parse_args(arguments)
    options.data = options.data.resolve()
    options.address = tuple(dict.fromkeys(options.address or ["127.0.0.1"]))
    for address in (*options.address, options.bind):
        try:
            ipaddress.IPv4Address(address)
        except ValueError:
            parser.error(f"not an IPv4 address: {address}")
    try:
        options.relay = _place(options.relay)
        options.metrics = _place(options.metrics)
    except ValueError as error:
        parser.error(str(error))
    try:
        options.control = wire.parse_address(options.control or f"unix:{options.data}/run/node.sock")
    except ValueError as error:
        parser.error(str(error))
    return options


def _place(text: str | None) -> tuple[str, int] | None:
    """Host and port of ``HOST:PORT``. Raises ValueError for anything else."""
    if text is None:
        return None
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise ValueError(f"not HOST:PORT: {text}")
    return host.strip("[]"), int(port)


async def _tell_metrics(node: Node, host: str, port: int) -> None:
    """Serve ``/metrics`` until cancelled. Where it cannot, the node goes on all the same: sessions matter more."""
    from media.sfu.metrics import MetricsServer, NodeCollector  # here: 60 ms and 4 MB, for those who ask for it

    collector = NodeCollector(node.describe, lambda: [child.figures() for child in node.recorder.egress.values()])
    try:
        await MetricsServer(collector).serve(host, port)
    except OSError as error:
        log.error("media.metrics_not_served", host=host, port=port, cause=str(error))


async def serve(options: argparse.Namespace) -> None:
    """Run a node and its control port until SIGTERM or SIGINT. Prints ``ready <port>`` once it serves."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    marks = room.marks_of(os.environ.get(room.VARIABLE) or room.USUAL_GB)
    control = ControlServer(options.control, os.environ.get("DIEMCAU_NODE_TOKEN"))
    udp = UdpPort(options.bind, options.udp_port, local=options.local)
    node = Node(udp, options.address, options.data, control.push, marks)
    if options.relay is not None:
        await node.relay.start(*options.relay)
    ready = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(node.run()), group.create_task(control.serve(node, ready))]
        if options.metrics is not None:
            tasks.append(group.create_task(_tell_metrics(node, *options.metrics)))
        await ready.wait()
        print(f"ready {udp.port}", flush=True)
        log.info("media.node_started", port=udp.port, addresses=list(options.address))
        await stopping.wait()
        for task in tasks:
            task.cancel()
    log.info("media.node_stopped")


def main() -> int:
    """Parse, run, and say in one line why it could not."""
    options = parse_arguments(sys.argv[1:])
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    loop_factory = None
    with contextlib.suppress(ImportError):
        import uvloop

        loop_factory = uvloop.new_event_loop
    # What the start has made is never garbage; a full collection would look through it for 60 ms while packets wait.
    gc.collect()
    gc.freeze()
    code = 0
    try:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            runner.run(serve(options))
    except* (OSError, ValueError) as errors:
        log.error("media.node_cannot_start", cause=[str(error) for error in errors.exceptions])
        code = 1
    return code


if __name__ == "__main__":
    sys.exit(main())
