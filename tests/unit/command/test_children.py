"""Programs that the command runs to their end: nothing of them is left over, and failures say why."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from deploy.command.children import quietly
from deploy.command.say import Trouble

ROOT = Path(__file__).resolve().parents[3]
WAIT_S = 30.0


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until_dead(pid: int) -> None:
    deadline = time.monotonic() + WAIT_S
    while alive(pid):
        assert time.monotonic() < deadline, f"{pid} lives"
        time.sleep(0.02)


def test_quietly_when_program_succeeds_gives_what_it_wrote() -> None:
    written = quietly([sys.executable, "-c", "import sys; print('out'); sys.stdout.flush(); sys.stderr.write('err')"], "-")
    assert written == "out\nerr"


def test_quietly_when_program_fails_tells_its_last_lines() -> None:
    with pytest.raises(Trouble, match="it failed") as caught:
        quietly([sys.executable, "-c", "import sys; print('because'); sys.exit(3)"], "it failed")
    assert "because" in caught.value.details


def test_quietly_when_program_is_missing_says_so() -> None:
    with pytest.raises(Trouble, match="it failed") as caught:
        quietly(["/nonexistent/program"], "it failed")
    assert "No such file" in caught.value.details


def test_quietly_when_program_hangs_ends_its_group(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    hang = (
        "import os, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"open({str(pids)!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}')\n"
        "time.sleep(600)\n"
    )
    with pytest.raises(Trouble):
        quietly([sys.executable, "-c", hang], "too slow", timeout_s=3.0)
    for pid in pids.read_text().split():
        until_dead(int(pid))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["terminated", "killed"])
def test_followed_when_the_command_is_ended_leaves_no_child(number: signal.Signals, tmp_path: Path) -> None:
    """What `./diemcau test` does around pytest: a SIGTERM reaches the child as Ctrl-C does; a SIGKILL ends it as well."""
    child = "import os, sys, time\nopen(sys.argv[1], 'w').write(str(os.getpid()))\ntime.sleep(600)\n"
    outer = (
        "import os, sys\n"
        "from deploy.command.children import followed\n"
        f"sys.exit(followed([sys.executable, '-c', {child!r}, sys.argv[1]], env=dict(os.environ)))\n"
    )
    pid_file = tmp_path / "pid"
    process = subprocess.Popen(
        [sys.executable, "-c", outer, str(pid_file)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + WAIT_S
        while not (pid_file.exists() and pid_file.read_text()):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(number)
        process.wait(WAIT_S)
        until_dead(int(pid_file.read_text()))
    finally:
        process.kill()
        process.wait()
