"""What of an installation others on the machine, and readers of its logs, can see."""

from __future__ import annotations

import logging
import logging.config
import stat
from pathlib import Path

import pytest

from deploy.command.setup import keep_private
from deploy.logs import LOGGING


@pytest.mark.parametrize(("fresh", "before", "after"), [(True, 0o755, 0o700), (False, 0o755, 0o750), (False, 0o2770, 0o2770)])
def test_the_data_folder_is_closed_to_others(tmp_path: Path, fresh: bool, before: int, after: int) -> None:
    tmp_path.chmod(before)
    keep_private(tmp_path, fresh=fresh)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == after


def test_a_playback_token_stands_in_no_log_line() -> None:
    line = logging.makeLogRecord({"name": "django.request", "levelname": "WARNING", "msg": "Not Found: %s"})
    line.args = ("/phat/eyJyIjoiYWJj:1t:x-y_z/hls/0.ts?a=/phat/second-token",)
    configurator = logging.config.DictConfigurator(LOGGING)
    formatted = configurator.configure_formatter(LOGGING["formatters"]["event"]).format(line)
    assert "/phat/-/hls/0.ts?a=/phat/-" in formatted
    assert "eyJ" not in formatted and "second-token" not in formatted
