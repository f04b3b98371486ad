"""What the apps above may want to hear. Receivers run inside the transaction that changed the row."""

from __future__ import annotations

from django.dispatch import Signal

recording_finished = Signal()
"""``recording``: a :class:`media.models.Recording` that can be played to its end now. The moment to set its chapters
(:func:`media.services.set_chapters`): what is made of the recording begins after the transaction."""

recording_deleting = Signal()
"""``recording``: its deletion is decided, ``by`` a person or (None) by its rule. The moment to stop what is still made of it, and
to close what was given out: its files go after the transaction."""

recording_failed = Signal()
"""``recording``: it could not be completed."""
