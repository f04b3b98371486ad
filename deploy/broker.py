"""The broker of an installation without Redis: messages as files, each there whole or not at all.

Kombu's own transport writes a message into the file that readers look for, so that a worker that comes in between reads half of
it and dies of that.
"""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from time import monotonic
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import filesystem


class Channel(filesystem.Channel):
    """As kombu's, but for the writing."""

    def _put(self, queue: Any, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """Put a message into the queue. Raises ChannelError."""
        name = f"{round(monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"  # readers go by the order of names
        whole = Path(self.data_folder_out) / name
        part = whole.with_name(f"{name}.part")
        try:
            part.write_bytes(json.dumps(payload).encode())
            part.replace(whole)
        except OSError as error:
            raise ChannelError(f"cannot write {whole}") from error


class Transport(filesystem.Transport):
    """For ``files://``, as the settings name it to kombu."""

    Channel = Channel
