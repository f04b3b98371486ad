"""The file of an upload: its size on disk is the offset (tus 1.0.0, Upload-Offset), and one request at a time appends to it."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from core.errors import Conflict, Invalid, _
from media.models import Recording
from media.upload import space
from media.upload.errors import Busy
from media.upload.models import Upload

ORIGINAL = "original"
PIECE_BYTES = 1 << 18
"""Copied at once: a request's body lies in a file of its own (Django spools it), and never as a whole in memory."""
_FULL = (errno.ENOSPC, errno.EDQUOT)


def create(upload: Upload) -> None:
    """An empty file. Raises OSError."""
    upload.folder.mkdir(parents=True)
    (upload.folder / ORIGINAL).touch(mode=0o640)


def offset(upload: Upload) -> int:
    """Bytes that are here; 0 where there is no file."""
    try:
        return (upload.folder / ORIGINAL).stat().st_size
    except FileNotFoundError:
        return 0


def append(upload: Upload, at: int, body: IO[bytes]) -> int:
    """Write ``body`` behind byte ``at``, which must be where the file ends; the new end, once it is surely on the disk.

    What came before a failure stays. Raises Busy while another request writes, Conflict ``upload.wrong_offset``, Invalid where
    more comes than was announced, NoSpace, and FileNotFoundError where the upload was taken back.
    """
    with _held(upload) as file:
        end = os.fstat(file.fileno()).st_size
        if at != end:
            raise Conflict("upload.wrong_offset", _("The server has another part of the file. Continue from there."))
        try:
            while piece := body.read(PIECE_BYTES):
                if end + len(piece) > upload.size:
                    raise Invalid("upload.too_much", _("More came than the file is long. Choose the file again."))
                space.require(len(piece))
                end += _write(file, piece)
        except OSError as error:
            if error.errno in _FULL:
                raise space.no_space(upload.size - end) from error
            raise
        finally:
            os.fsync(file.fileno())
        return end


def remove(upload: Upload) -> None:
    """Forget the file."""
    shutil.rmtree(upload.folder, ignore_errors=True)


def remove_half_made(upload: Upload) -> None:
    """Forget what an attempt made of it; a recording that exists keeps its own, and so does an attempt that another one runs."""
    going = Upload.objects.filter(pk=upload.pk).exclude(lease="")
    if not going.exists() and not Recording.objects.filter(public_id=upload.recording_id).exists():
        shutil.rmtree(upload.recording_folder, ignore_errors=True)


def forget(upload: Upload) -> None:
    """Both."""
    remove(upload)
    remove_half_made(upload)


def _write(file: IO[bytes], piece: bytes) -> int:
    left = memoryview(piece)
    while left:
        left = left[file.write(left) :]
    return len(piece)


@contextmanager
def _held(upload: Upload) -> Iterator[IO[bytes]]:
    """The file, for this request alone; the kernel gives it back however the request ends."""
    with (upload.folder / ORIGINAL).open("r+b", buffering=0) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(
                "upload.busy", _("This file is being uploaded from another window or device. Continue there, or close it.")
            ) from None
        file.seek(0, os.SEEK_END)
        yield file
