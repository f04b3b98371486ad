"""What happens in a conference, for those above who keep records of it (attendance, training). Sent inside the transaction.

Each is sent with keyword arguments; ``sender`` is the ``Session`` class.
"""

from __future__ import annotations

from django.dispatch import Signal

seat_joined = Signal()  # seat, page: str, at: datetime
seat_heartbeats = Signal()  # beats: Sequence[conference.services.seats.Beat], of whom each holds its seat; at: datetime
seat_left = Signal()  # seat, page: str, at: datetime, reason: str
session_started = Signal()  # session, at
session_ended = Signal()  # session, at
