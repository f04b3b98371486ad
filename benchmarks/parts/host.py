"""The machine as a benchmark sees it: what it is, a network namespace of its own, and CPU time by the kernel's accounting."""

from __future__ import annotations

import contextlib
import os
import platform
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class NotHere(Exception):
    """This machine cannot run the benchmark; the text says what is missing."""


def machine() -> str:
    """Processor, cores, memory and kernel in one line."""
    model = platform.processor() or platform.machine()
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{model}, {os.cpu_count()} cores, {gib:.0f} GiB, Linux {platform.release()}, Python {platform.python_version()}"


@dataclass(frozen=True, slots=True)
class Namespace:
    """A network of its own, joined to this one by a pair of interfaces."""

    name: str
    inside: str
    """IPv4 address in the namespace"""
    outside: str

    def command(self, *arguments: str, core: int) -> list[str]:
        """The way to start a program in it, on one core."""
        return ["ip", "netns", "exec", self.name, "taskset", "-c", str(core), *arguments]


@contextlib.contextmanager
def namespace(label: str, subnet: int) -> Iterator[Namespace]:
    """A namespace that is gone afterwards. Raises NotHere without the right to make one."""
    name = f"dc{os.getpid()}{label}"
    made = Namespace(name, f"10.77.{subnet}.2", f"10.77.{subnet}.1")
    outer, inner = f"d{os.getpid() % 100000}{label}", "eth0"
    try:
        ip("netns", "add", name)
        ip("link", "add", outer, "type", "veth", "peer", "name", inner, "netns", name)
        for prefix, device, address in (([], outer, made.outside), (["-n", name], inner, made.inside)):
            ip(*prefix, "addr", "add", f"{address}/24", "dev", device)
            ip(*prefix, "link", "set", device, "txqueuelen", "10000", "up")
        ip("-n", name, "link", "set", "lo", "up")
        yield made
    finally:
        subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)  # noqa: S607


def ip(*arguments: str) -> None:
    """Run ``ip``. Raises NotHere where it is missing or may not."""
    try:
        subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)  # noqa: S607
    except FileNotFoundError as error:
        raise NotHere("apt install iproute2") from error
    except subprocess.CalledProcessError as error:
        raise NotHere(f"a network namespace cannot be made here (as root it can): {error.stderr.strip()}") from error


@dataclass(frozen=True, slots=True)
class CoreTime:
    """What a core has done since the machine started, in seconds."""

    busy: float
    total: float


def core_time(core: int) -> CoreTime:
    """All that runs on the core, in the kernel too; what another machine took from it (steal) is not counted."""
    with Path("/proc/stat").open() as lines:
        fields = next(line for line in lines if line.startswith(f"cpu{core} ")).split()[1:]
    user, nice, system, idle, iowait, irq, softirq, _steal = (int(field) / TICKS_PER_S for field in fields[:8])
    busy = user + nice + system + irq + softirq
    return CoreTime(busy, busy + idle + iowait)


def process_seconds(pid: int) -> float:
    """CPU time of a process and all its threads so far, to the nanosecond."""
    total = 0
    for path in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            total += int((path / "schedstat").read_text().split()[0])
    return total / 1e9


def resident_mib(pid: int) -> float:
    """Memory of a process that is really there."""
    with Path(f"/proc/{pid}/status").open() as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


def environment(more: Mapping[str, str]) -> dict[str, str]:
    """Of this process, and ``more``."""
    return {**os.environ, **more}


def spread(values: Sequence[float]) -> tuple[float, float, float]:
    """Median, lowest, highest."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    median = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
    return median, ordered[0], ordered[-1]
