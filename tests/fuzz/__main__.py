"""``python -m tests.fuzz TARGET|all [--count N] [--seed N] [--seconds N]``: feeds a parser with what nobody would send.

Fails where an input brings an error that its callers do not know, takes longer than half a second of this process's time, or
where memory grows with their number. The failing input is printed, to become a test.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import os
import sys
import time
from dataclasses import dataclass

import structlog

from benchmarks.parts.host import resident_mib

TOO_LONG_S = 0.5
MAX_GROWTH_MIB = 24.0
WARM_UP = 0.1


@dataclass(frozen=True, slots=True)
class Result:
    """What a run saw. ``growth_mib``: memory after it against after its first tenth."""

    inputs: int
    seconds: float
    slowest_s: float
    growth_mib: float


class Found(Exception):
    """An input that does harm."""


async def fuzz(name: str, count: int, seed: int, seconds: float = 1e9) -> Result:
    """Feed a target; raises Found."""
    from tests.fuzz.mutate import Mutator
    from tests.fuzz.targets import TARGETS

    target = TARGETS[name]
    feed, mutator = target.open(), Mutator(target.seeds(), seed, target.words)
    begun_s, slowest_s, warm_mib, done = time.monotonic(), 0.0, resident_mib(os.getpid()), 0
    for done in range(1, count + 1):
        data = mutator.next()
        before_s = time.process_time()
        try:
            await feed(data)
        except Exception as error:
            raise Found(f"{name}: {type(error).__name__}: {error} for {data.hex()}") from error
        spent_s = time.process_time() - before_s
        if spent_s > TOO_LONG_S:
            raise Found(f"{name}: {spent_s:.2f} s for {data.hex()}")
        slowest_s = max(slowest_s, spent_s)
        if done == int(count * WARM_UP):
            gc.collect()
            warm_mib = resident_mib(os.getpid())
        if done % 1000 == 0 and time.monotonic() - begun_s > seconds:
            break
    await feed(b"")
    gc.collect()
    growth_mib = resident_mib(os.getpid()) - warm_mib
    if growth_mib > MAX_GROWTH_MIB:
        raise Found(f"{name}: memory grew by {growth_mib:.0f} MiB over {done} inputs")
    return Result(done, time.monotonic() - begun_s, slowest_s, growth_mib)


def quiet() -> None:
    """Refusals are logged in earnest; here they would be a gigabyte."""
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # connections that are closed before they lived
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL), cache_logger_on_first_use=False)


def main() -> int:
    """Returns the exit code: 1 where something was found."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings")
    import django

    django.setup()
    quiet()
    from tests.fuzz.targets import TARGETS

    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("target", choices=[*TARGETS, "all"])
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1e9, help="end earlier after so long")
    options = parser.parse_args()
    code = 0
    for name in TARGETS if options.target == "all" else [options.target]:
        try:
            result = asyncio.run(fuzz(name, options.count, options.seed, options.seconds))
        except Found as found:
            print(found, flush=True)
            code = 1
            continue
        print(
            f"{name:8} {result.inputs:9,} inputs  {result.inputs / result.seconds:8,.0f} a second  "
            f"slowest {result.slowest_s * 1000:5.1f} ms  memory {result.growth_mib:+5.1f} MiB",
            flush=True,
        )
    return code


if __name__ == "__main__":
    sys.exit(main())
