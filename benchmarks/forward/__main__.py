"""``./diemcau bench forward``: see the package."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import socket
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from benchmarks.forward import janus, ours
from benchmarks.forward.load import PACKETS_PER_S, SAMPLE_EVERY
from benchmarks.forward.turns import Turn, ramp, turn
from benchmarks.parts import report
from benchmarks.parts.host import Namespace, NotHere, environment, namespace, spread

CORE = 0
"""The servers'; all else runs on the others."""
LEAST_RATIO, LEAST_SCALING = 2.2, 1.8


async def limit(net: Namespace, viewers: int, seconds: float) -> float:
    """Packets per core-second of a bare loop of protect and send."""
    loop = asyncio.get_running_loop()
    sockets: list[socket.socket] = []

    def drain(sink: socket.socket, buffer: bytearray) -> None:
        try:
            for _ in range(64):
                sink.recv_into(buffer)
        except OSError:
            return

    try:
        base = 40_000
        for number in range(viewers):
            sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
            sockets.append(sink)
            sink.bind((net.outside, base + number))
            loop.add_reader(sink, drain, sink, bytearray(2048))
        arguments = [net.outside, str(base), str(viewers), str(seconds), str(CORE)]
        process = await asyncio.create_subprocess_exec(
            *net.command(sys.executable, "-m", "benchmarks.forward.limit", *arguments, core=CORE),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        out, _ = await process.communicate()
        found = json.loads(out.splitlines()[-1])
        return float(found["packets"] / found["busy_s"])
    finally:
        for sink in sockets:
            loop.remove_reader(sink)
            sink.close()


async def run(options: argparse.Namespace) -> dict[str, float]:
    """All rounds; the figures by name."""
    turns: dict[str, list[Turn]] = {"diemcau": [], "janus": []}
    limits: list[float] = []
    more: Mapping[str, str] = environment({"DIEMCAU_FANOUT": options.fanout})
    most = 0
    with namespace("a", 1) as net, namespace("b", 2) as peer_net, tempfile.TemporaryDirectory() as folder:
        for number in range(options.rounds):
            print(f"round {number + 1} of {options.rounds}", flush=True)
            data = Path(folder) / f"ours{number}"
            data.mkdir()
            async with ours.running(net, data, CORE, more) as server:
                turns["diemcau"].append(await turn(server, net, options.subscribers, options.seconds))
            if options.peer == "janus":
                data = Path(folder) / f"janus{number}"
                data.mkdir()
                async with janus.running(peer_net, data, CORE) as peer:
                    turns["janus"].append(await turn(peer, peer_net, options.subscribers, options.seconds))
            limits.append(await limit(net, options.subscribers, min(5.0, options.seconds)))
            print(f"  limit    {limits[-1]:9,.0f} packets/core-s", flush=True)
        if not options.no_ramp:
            print("how many viewers", flush=True)
            data = Path(folder) / "ramp"
            data.mkdir()
            async with ours.running(net, data, CORE, more) as server:
                most = await ramp(server, net)
    return figures(turns, limits, most)


async def run_several(options: argparse.Namespace, cores: tuple[int, ...]) -> dict[str, float]:
    """One node and several in turns, each with as many viewers as the one has; the figures by name."""
    one: list[Turn] = []
    several: list[Turn] = []
    more = environment({"DIEMCAU_FANOUT": options.fanout})
    with namespace("a", 1) as net, tempfile.TemporaryDirectory() as folder:
        for number in range(options.rounds):
            print(f"round {number + 1} of {options.rounds}", flush=True)
            for nodes, turns in ((1, one), (options.nodes, several)):
                data = Path(folder) / f"{nodes}-{number}"
                data.mkdir()
                async with ours.several(net, data, nodes, cores[:nodes], more) as server:
                    turns.append(await turn(server, net, nodes * options.subscribers, options.seconds))
    found: dict[str, float] = {"nodes": options.nodes, "cores_of_nodes": len(cores)}
    for key, made in (("one", one), ("several", several)):
        found[f"{key}_packets_per_core_s"] = round(spread([each.packets_per_core_s for each in made])[0])
        found[f"{key}_delay_p99_ms"] = round(spread([each.delay_ms(0.99) for each in made])[0], 2)
        found[f"{key}_worst_loss"] = round(max(each.measured.worst_loss for each in made), 5)
    # What each core forwards beside the others, times how many there are: where cores are free, that is the gain.
    found["scaling"] = round(options.nodes * found["several_packets_per_core_s"] / found["one_packets_per_core_s"], 2)
    return found


def figures(turns: Mapping[str, list[Turn]], limits: list[float], most: int) -> dict[str, float]:
    """Medians over the rounds, and how far they lie apart."""
    found: dict[str, float] = {}
    for key, name in (("ours", "diemcau"), ("peer", "janus")):
        if not turns[name]:
            continue
        median, low, high = spread([each.packets_per_core_s for each in turns[name]])
        found[f"{key}_packets_per_core_s"] = round(median)
        found[f"{key}_packets_per_core_s_low"], found[f"{key}_packets_per_core_s_high"] = round(low), round(high)
        found[f"{key}_us_per_packet"] = round(1e6 / median, 2)
        found[f"{key}_delay_p50_ms"] = round(spread([each.delay_ms(0.5) for each in turns[name]])[0], 2)
        found[f"{key}_delay_p99_ms"] = round(spread([each.delay_ms(0.99) for each in turns[name]])[0], 2)
        found[f"{key}_worst_loss"] = round(max(each.measured.worst_loss for each in turns[name]), 5)
        found[f"{key}_core_busy"] = round(spread([each.busy for each in turns[name]])[0], 3)
    if "peer_packets_per_core_s" in found:
        found["ratio"] = round(found["ours_packets_per_core_s"] / found["peer_packets_per_core_s"], 2)
    found["limit_packets_per_core_s"] = round(spread(limits)[0])
    found["of_limit"] = round(found["ours_packets_per_core_s"] / found["limit_packets_per_core_s"], 3)
    if most:
        found["max_subscribers"] = most
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="diemcau bench forward", description=__doc__)
    parser.add_argument("--peer", choices=["janus", "none"], default="janus")
    parser.add_argument("--subscribers", type=int, default=300, metavar="N")
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--seconds", type=float, default=10.0, metavar="S", help="of each window")
    parser.add_argument("--nodes", type=int, default=1, metavar="N", help="compare N nodes, a relay between them, with one")
    parser.add_argument("--fanout", choices=["native", "python"], default="native")
    parser.add_argument("--no-ramp", action="store_true", help="do not look for the most subscribers")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (8192, max(8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
    others = os.sched_getaffinity(0) - {CORE}
    if not others:
        raise NotHere("two cores are needed: one for the server, one for the load")
    os.sched_setaffinity(0, others)
    if options.nodes > 1:
        # A core for each where there are so many beside the load's; else all on one, which is as long accounted.
        cores = tuple(range(options.nodes)) if len(others) >= options.nodes else (CORE,)
        os.sched_setaffinity(0, others - set(cores))
        print(f"{PACKETS_PER_S} packets/s in, {options.subscribers} viewers a node, nodes on cores {cores}", flush=True)
        found = asyncio.run(run_several(options, cores))
        report.write("forward-nodes", found, options.json)
        lost = max(found["one_worst_loss"], found["several_worst_loss"])
        return report.judged({f"scaling at least {LEAST_SCALING}": found["scaling"] >= LEAST_SCALING, "nothing lost": lost == 0})
    print(f"{PACKETS_PER_S} packets/s in, {options.subscribers} viewers, one of {SAMPLE_EVERY} decrypts", flush=True)
    found = asyncio.run(run(options))
    report.write("forward", found, options.json)
    if "ratio" not in found:
        return 0  # nobody to compare with was asked for
    quicker = found["ours_delay_p99_ms"] < found["peer_delay_p99_ms"]
    return report.judged({f"ratio at least {LEAST_RATIO}": found["ratio"] >= LEAST_RATIO, "lower p99 delay": quicker})


if __name__ == "__main__":
    try:
        sys.exit(main())
    except NotHere as error:
        sys.exit(f"diemcau bench forward: {error}")
