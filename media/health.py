"""What ``/healthz`` says of the media node: it answers on its control socket."""

from __future__ import annotations

import socket

from django.conf import settings

from core.health import TIMEOUT_S
from media import wire


class NodeSilent(Exception):
    """The node's socket is there, but what comes from it is not a welcome."""


def media_node() -> str:
    """Greets the node as a client does. Raises OSError or NodeSilent within about a second."""
    address = wire.parse_address(settings.MEDIA_NODE)
    match address:
        case wire.UnixAddress(path):
            connection = socket.socket(socket.AF_UNIX)
            where: str | tuple[str, int] = path
        case wire.TcpAddress(host, port):
            connection = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
            where = (host, port)
    with connection:
        connection.settimeout(TIMEOUT_S)
        connection.connect(where)
        connection.sendall(wire.encode(wire.Hello(token=settings.MEDIA_NODE_TOKEN or None)))
        with connection.makefile("rb") as lines:
            try:
                welcome = wire.decode_from_node(lines.readline(wire.MAX_LINE_BYTES))
            except ValueError as error:
                raise NodeSilent from error
    if not isinstance(welcome, wire.Welcome):
        raise NodeSilent
    return f"version {welcome.version}"
