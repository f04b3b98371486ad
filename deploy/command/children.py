"""Run one program to its end, quietly, so that nothing of it is left over however we end."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from deploy.command.places import ROOT, environment
from deploy.command.say import Trouble
from deploy.supervisor.kernel import die_with_parent


def end_group(process: subprocess.Popen[bytes], grace_s: float = 5.0) -> None:
    """End a process that leads its own group, and its whole group: politely, then after ``grace_s`` not."""
    for number, wait_s in ((signal.SIGTERM, grace_s), (signal.SIGKILL, 5.0)):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(wait_s)


def quietly(
    argv: Sequence[str],
    failure: str,
    *,
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
    timeout_s: float = 900.0,
) -> str:
    """Run ``argv`` and return what it wrote (both streams). Raises Trouble(``failure``) with its last lines when it fails."""
    with tempfile.TemporaryFile() as output:
        try:
            process = subprocess.Popen(
                argv,
                cwd=cwd,
                env=dict(env) if env is not None else environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        except OSError as error:
            raise Trouble(failure, f"{argv[0]}: {error.strerror}") from error
        try:
            code = process.wait(timeout_s)
        except subprocess.TimeoutExpired as error:
            raise Trouble(f"{failure} (> {timeout_s:.0f} s)", _text(output)) from error
        finally:
            if process.poll() is None:
                end_group(process)
        if code != 0:
            raise Trouble(failure, _text(output))
        return _text(output)


def followed(argv: Sequence[str], *, env: Mapping[str, str], cwd: Path = ROOT) -> int:
    """Run ``argv`` on our own terminal and return its exit code. Ctrl-C reaches it, a SIGTERM is passed on as one, and we wait
    for it to end in its own way."""
    process = subprocess.Popen(argv, cwd=cwd, env=dict(env), preexec_fn=die_with_parent)
    before = signal.signal(signal.SIGTERM, lambda number, frame: process.send_signal(signal.SIGINT))
    try:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue  # the terminal has sent it to the child as well, which now ends
    finally:
        signal.signal(signal.SIGTERM, before)


def _text(output: IO[bytes]) -> str:
    output.seek(0)
    return output.read().decode(errors="replace")
