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
be_nice(3)
group = Path("/proc/self/autogroup")
print(os.nice(0), group.read_text().split()[-1] if group.exists() else "-")
"""


@pytest.mark.parametrize("leads", [True, False])
def test_one_that_leads_a_session_is_nice_for_all_of_it(leads: bool) -> None:
    argv, root = [sys.executable, "-c", SAY], Path(__file__).parents[2]
    said = subprocess.run(argv, capture_output=True, text=True, check=True, start_new_session=leads, cwd=root)
    own, group = said.stdout.split()
    assert own == "3"
    if group != "-":
        assert (group == "3") == leads
