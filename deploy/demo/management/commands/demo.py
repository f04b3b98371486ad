from __future__ import annotations

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from core import clock
from deploy.demo.make import make_demo


class Command(BaseCommand):
    help = "Make the demonstration data, or bring it up to date: what exists stays, a session that never began moves to today."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--passwords-file",
            type=Path,
            default=Path(settings.DATA_DIR) / "demo-logins.json",
            help="where the logins are written, readable by you alone (default: demo-logins.json in the data folder)",
        )
        parser.add_argument("--another-session", action="store_true", help="plan one more session when all have ended")

    def handle(self, *args: Any, passwords_file: Path, another_session: bool, verbosity: int, **options: Any) -> None:
        make_demo(
            passwords_file=passwords_file,
            now=clock.now(),
            password=os.environ.get("DIEMCAU_DEMO_PASSWORD", ""),
            another=another_session,
            say=self.stdout.write if verbosity else lambda line: None,
        )
