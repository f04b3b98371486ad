"""The supervisor with small programs of every character: those that die, that hang, and that leave children behind."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

from deploy.supervisor.kernel import descendants

ROOT = Path(__file__).resolve().parents[3]
WAIT_S = 30.0

RUNNER = """
import asyncio, sys
from pathlib import Path
from deploy.supervisor.child import Program
from deploy.supervisor.logbook import Logbook
from deploy.supervisor.supervisor import NeverReady, Supervisor

folder = Path(sys.argv[1])
programs = [
    Program(path.stem, (sys.executable, str(path)), {"FOLDER": str(folder), "PATH": "/usr/bin:/bin"}, folder, grace_s=1.0)
    for path in sorted(folder.glob("*.py"))
]

async def ready():
    return (folder / "ready").exists()

def announce():
    print("announced", flush=True)

try:
    asyncio.run(Supervisor(programs, Logbook(folder), ready=ready, announce=announce, ready_timeout_s=20).run())
except NeverReady as error:
    sys.exit(f"never ready: {error}")
"""


class Run:
    """A supervisor in its own process, over the programs that lie in ``folder``."""

    def __init__(self, folder: Path, **programs: str) -> None:
        self.folder = folder
        for name, source in programs.items():
            (folder / f"{name}.py").write_text(textwrap.dedent(source))
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        with (folder / "console").open("wb") as console:
            self.process = subprocess.Popen(
                [sys.executable, "-c", RUNNER, str(folder)],
                env=environment,
                stdout=console,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def console(self) -> str:
        return (self.folder / "console").read_text()

    def events(self, kind: str, child: str | None = None) -> list[dict[str, Any]]:
        log = self.folder / "supervisor.log"
        events = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
        return [e for e in events if e["event"] == f"supervisor.{kind}" and (child is None or e.get("child") == child)]

    def until(self, condition: Any) -> None:
        deadline = time.monotonic() + WAIT_S
        while not condition():
            assert self.process.poll() is None, self.console()
            assert time.monotonic() < deadline, "waited in vain"
            time.sleep(0.02)

    def end(self, number: signal.Signals = signal.SIGINT) -> tuple[int, str]:
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(WAIT_S), self.console()


@pytest.fixture
def runs() -> Any:
    """Starts runs; whatever a test does, none is alive afterwards."""
    started: list[Run] = []

    def start(folder: Path, **programs: str) -> Run:
        started.append(Run(folder, **programs))
        return started[-1]

    yield start
    for run in started:
        if run.process.poll() is None:
            below = descendants(run.process.pid)
            run.process.kill()
            for pid in below:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            run.process.wait(10)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


STEADY = """
import os, pathlib, time
folder = pathlib.Path(os.environ["FOLDER"])
(folder / "ready").touch()
print("steady runs", flush=True)
time.sleep(600)
"""
STUBBORN = """
import os, pathlib, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
folder = pathlib.Path(os.environ["FOLDER"])
hang = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
same_group = subprocess.Popen([sys.executable, "-c", hang])
own_session = subprocess.Popen([sys.executable, "-c", hang], start_new_session=True)
(folder / "pids.new").write_text(f"{os.getpid()} {same_group.pid} {own_session.pid}")
(folder / "pids.new").rename(folder / "pids")
(folder / "ready").touch()
time.sleep(600)
"""
ORPHANING = """
import os, pathlib, subprocess, sys
folder = pathlib.Path(os.environ["FOLDER"])
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
with (folder / "orphans").open("a") as file:
    file.write(f"{child.pid}\\n")
(folder / "ready").touch()
os._exit(0) if len((folder / "orphans").read_text().split()) < 2 else __import__("time").sleep(600)
"""


def test_supervisor_when_all_is_well_announces_once_and_ends_on_ctrl_c(runs: Any, tmp_path: Path) -> None:
    run = runs(tmp_path, steady=STEADY)
    run.until(lambda: run.events("ready"))
    code, output = run.end()
    assert code == 0
    assert output.count("announced") == 1
    assert "steady runs" in (tmp_path / "steady.log").read_text()
    assert run.events("stopped")


def test_supervisor_when_child_is_killed_starts_it_again_and_says_so(runs: Any, tmp_path: Path) -> None:
    run = runs(tmp_path, steady=STEADY)
    run.until(lambda: run.events("ready"))
    first = run.events("child_started", "steady")[0]["pid"]
    os.kill(first, signal.SIGKILL)
    run.until(lambda: len(run.events("child_started", "steady")) == 2)
    second = run.events("child_started", "steady")[1]["pid"]
    assert second != first
    assert run.events("child_ended")[0]["outcome"] == "signal SIGKILL"
    code, output = run.end(signal.SIGTERM)
    assert code == 0
    assert "steady" in output and "SIGKILL" in output
    assert not alive(second)


def test_supervisor_when_children_hang_leaves_no_process(runs: Any, tmp_path: Path) -> None:
    """A program, its child, and a grandchild in a session of its own all ignore SIGTERM."""
    run = runs(tmp_path, stubborn=STUBBORN, steady=STEADY)
    run.until(lambda: (tmp_path / "pids").exists())
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    assert all(alive(pid) for pid in pids)
    code, _ = run.end()
    assert code == 0
    assert [pid for pid in pids if alive(pid)] == []
    assert run.events("child_killed", "stubborn")


def test_supervisor_when_a_parent_died_ends_its_orphans(runs: Any, tmp_path: Path) -> None:
    run = runs(tmp_path, orphaning=ORPHANING)
    run.until(lambda: len((tmp_path / "orphans").read_text().split()) == 2 if (tmp_path / "orphans").exists() else False)
    orphans = [int(pid) for pid in (tmp_path / "orphans").read_text().split()]
    code, _ = run.end()
    assert code == 0
    assert [pid for pid in orphans if alive(pid)] == []


def test_supervisor_when_killed_itself_takes_its_children_along(runs: Any, tmp_path: Path) -> None:
    run = runs(tmp_path, steady=STEADY)
    run.until(lambda: run.events("ready"))
    child = run.events("child_started", "steady")[0]["pid"]
    run.process.kill()
    run.process.wait(10)
    deadline = time.monotonic() + WAIT_S
    while alive(child):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_supervisor_when_program_never_comes_up_names_it_and_stops(runs: Any, tmp_path: Path) -> None:
    run = runs(tmp_path, broken="import sys; print('no such table', flush=True); sys.exit(3)")
    assert run.process.wait(WAIT_S) == 1
    assert "never ready: broken" in run.console()
    assert "no such table" in (tmp_path / "broken.log").read_text()
    assert {event["outcome"] for event in run.events("child_ended")} == {"code 3"}


def test_child_when_it_writes_endlessly_without_newline_is_cut(runs: Any, tmp_path: Path) -> None:
    flood = """
    import os, pathlib, sys, time
    sys.stdout.write("x" * 3_000_000 + "\\nend\\n"); sys.stdout.flush()
    (pathlib.Path(os.environ["FOLDER"]) / "ready").touch()
    time.sleep(600)
    """
    run = runs(tmp_path, flood=flood)
    run.until(lambda: run.events("ready"))
    run.until(lambda: (tmp_path / "flood.log").read_text().rstrip().endswith("end"))
    assert max(len(line) for line in (tmp_path / "flood.log").read_text().splitlines()) <= 64 * 1024
    run.end()


def test_program_when_it_cannot_start_is_reported(tmp_path: Path) -> None:
    from deploy.supervisor.child import Program
    from deploy.supervisor.logbook import Logbook
    from deploy.supervisor.supervisor import NeverReady, Supervisor

    async def never() -> bool:
        return False

    console = io.StringIO()
    program = Program("ghost", ("/nonexistent/program",), {}, tmp_path)
    supervisor = Supervisor([program], Logbook(tmp_path, console=console), ready=never, announce=lambda: None)
    with pytest.raises(NeverReady, match="ghost"):
        asyncio.run(supervisor.run())
    assert "No such file" in console.getvalue()


ORPHANS = """
import os, signal, subprocess, sys, time
from deploy.supervisor.kernel import adopt_orphans, reap_group

adopt_orphans()
parent = [sys.executable, "-c", "import subprocess, time; subprocess.Popen(['sleep', '60']); print(flush=True); time.sleep(60)"]
leader = subprocess.Popen(parent, start_new_session=True, stdout=subprocess.PIPE)
leader.stdout.readline()
leader.kill()
leader.wait()
os.killpg(leader.pid, signal.SIGKILL)
for _ in range(500):
    reap_group(leader.pid)
    try:
        os.killpg(leader.pid, 0)
    except ProcessLookupError:
        sys.exit(0)
    time.sleep(0.01)
sys.exit("the group still seems to live")
"""


def test_group_is_gone_when_its_adopted_orphans_have_been_killed() -> None:
    """Else every restart of a process that had children would wait for the dead."""
    done = subprocess.run([sys.executable, "-c", ORPHANS], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
