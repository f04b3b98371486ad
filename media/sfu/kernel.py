"""System calls for many datagrams at once, by cffi in ABI mode (nothing is compiled): recvmmsg(2) and sendmmsg(2)."""

from __future__ import annotations

import sys
from typing import Any

import cffi  # type: ignore[import-untyped]

ffi: Any = cffi.FFI()
ffi.cdef("""
struct iovec { void *iov_base; size_t iov_len; };
struct msghdr {
    void *msg_name; uint32_t msg_namelen; struct iovec *msg_iov; size_t msg_iovlen;
    void *msg_control; size_t msg_controllen; int msg_flags;
};
struct mmsghdr { struct msghdr msg_hdr; unsigned int msg_len; };
int recvmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags, void *timeout);
int sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags);
""")


def load() -> Any | None:
    """The C library with both calls, or None where this system has them not (then the socket module does)."""
    if sys.platform != "linux":
        return None
    try:
        lib = ffi.dlopen(None)
        lib.recvmmsg, lib.sendmmsg  # noqa: B018  looked up now, so that a missing one is known now
    except (OSError, AttributeError):
        return None
    return lib
