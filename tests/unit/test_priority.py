"""Niceness, alone and of a session of processes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SAY = """
import os
from pathlib import Path
from core.priority import be_nice

def group():
    # Empty where the process is in no group of its session's: autogroups are off, or it was started in the session of init.
    file = Path("/proc/self/autogroup")
    return file.read_text().split()[-1:] if file.exists() else []

before = os.nice(0), group()
be_nice(3)
after = os.nice(0), group()
print(after[0] - before[0], *(after[1] or ["-"]), *(before[1] or ["-"]))
"""


@pytest.mark.parametrize("leads", [True, False])
def test_one_that_leads_a_session_is_nice_for_all_of_it(leads: bool) -> None:
    argv, root = [sys.executable, "-c", SAY], Path(__file__).parents[2]
    said = subprocess.run(argv, capture_output=True, text=True, check=True, start_new_session=leads, cwd=root)
    own, group, before = said.stdout.split()
    assert own == "3"
    assert group == ("3" if leads and group != "-" else before)
