"""The compiled part of the node: built by ``./diemcau`` where there is a C compiler, and done without where there is none.

Standard library only: the set-up calls :func:`build` before any package is installed.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
SOURCES = (FOLDER / "fanout.c", FOLDER / "gcm.c")
HEADERS = (FOLDER / "gcm.h",)
FLAGS = ("-std=c11", "-O2", "-Wall", "-Wextra", "-shared", "-fPIC")
TIMEOUT_S = 120


def library() -> Path:
    """Where the library of these very sources for this machine lies, or would."""
    digest = hashlib.sha256(" ".join([*FLAGS, platform.system(), platform.machine()]).encode())
    for path in (*SOURCES, *HEADERS):
        digest.update(path.read_bytes())
    return FOLDER / f"fanout-{digest.hexdigest()[:16]}.so"


def compiler() -> str | None:
    """A C compiler of this machine: ``CC``, else cc, gcc or clang."""
    names = filter(None, (os.environ.get("CC"), "cc", "gcc", "clang"))
    return next((found for name in names if (found := shutil.which(name))), None)


def build(cc: str) -> str | None:
    """Compile, unless that was done. Returns what the compiler complained of, or None where all went well."""
    target = library()
    if target.exists():
        return None
    fresh = target.with_suffix(f".{os.getpid()}.tmp")
    try:
        made = subprocess.run(
            [cc, *FLAGS, "-o", str(fresh), *map(str, SOURCES)], capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
        if made.returncode:
            return made.stderr.strip() or f"{cc}: {made.returncode}"
        for old in FOLDER.glob("fanout-*.so"):
            old.unlink()
        fresh.replace(target)
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    finally:
        fresh.unlink(missing_ok=True)
    return None
