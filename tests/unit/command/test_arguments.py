"""The command line, as typed: what is wrong is said in one clear line, with an exit code that is not 0."""

from __future__ import annotations

import fcntl
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def diemcau(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "diemcau"), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )


def test_help_when_asked_names_every_command() -> None:
    result = diemcau("--help")
    assert result.returncode == 0
    for command in ("run", "test", "check", "simulate", "manage"):
        assert command in result.stdout


def test_run_help_when_asked_names_its_options() -> None:
    result = diemcau("run", "--help")
    assert result.returncode == 0
    for option in ("--port", "--data", "--no-demo", "--host", "--media-address", "--media-port"):
        assert option in result.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("walk",),
        ("run", "--port", "eight"),
        ("run", "surplus"),
        ("run", "--no-dem"),
        ("run", "--data", ""),
        ("check", "--fast"),
    ],
    ids=" ".join,
)
def test_command_when_arguments_are_wrong_explains_its_use(arguments: tuple[str, ...]) -> None:
    result = diemcau(*arguments)
    assert result.returncode == 2
    assert "usage: diemcau" in result.stderr
    assert "Traceback" not in result.stderr


def test_run_when_port_is_taken_says_so_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = diemcau("run", "--port", str(taken.getsockname()[1]), "--data", str(tmp_path))
    assert result.returncode == 1
    assert "--port" in result.stderr and str(taken) not in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("port", ["-1", "65536", "99999999999"])
def test_run_when_port_cannot_be_says_so_in_one_line(port: str, tmp_path: Path) -> None:
    result = diemcau("run", f"--port={port}", "--data", str(tmp_path))
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1 and "--port" in result.stderr


def test_run_when_data_folder_is_in_use_names_the_other_run(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with (tmp_path / "run" / "lock").open("w") as lock:
        lock.write("4711\n")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        result = diemcau("run", "--port", "0", "--data", str(tmp_path))
    assert result.returncode == 1
    assert "4711" in result.stderr and "--data" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_run_when_data_folder_is_a_file_says_so_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    result = diemcau("run", "--port", "0", "--data", str(file))
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1 and str(file) in result.stderr


def test_check_when_no_check_has_the_name_says_so() -> None:
    result = diemcau("check", "no-such-check")
    assert result.returncode == 1
    assert "no-such-check" in result.stderr


def test_manage_when_nothing_ran_on_the_folder_says_so_and_makes_nothing(tmp_path: Path) -> None:
    result = diemcau("manage", "--data", str(tmp_path / "none"), "demo", "--another-session")
    assert result.returncode == 1
    assert "--data DIR" in result.stderr and "Traceback" not in result.stderr
    assert not (tmp_path / "none").exists()
    assert diemcau("manage", "--data").returncode == 1


def test_manage_when_called_passes_arguments_to_django() -> None:
    result = diemcau("manage", "help", "migrate")
    assert result.returncode == 0
    assert "--fake" in result.stdout
