"""What ``/healthz`` says of the media node: it answers on its control socket."""

from __future__ import annotations

import socket
from pathlib import Path

from django.conf import settings

from core.health import TIMEOUT_S
from media import unixpath, wire


class NodeSilent(Exception):
    """The node's socket is there, but what comes from it is not a welcome."""


def media_node() -> str:
    """Greets the nodes as a client does; with several, one that answers is enough, as it takes what the others had. Raises
    OSError or NodeSilent where none does, within about a second a node."""
    answers: list[str] = []
    failures: list[OSError | NodeSilent] = []
    for address in settings.MEDIA_NODES:
        try:
            answers.append(_greet(address))
        except (OSError, NodeSilent) as error:
            failures.append(error)
    if not answers:
        raise failures[0]
    return answers[0] if len(settings.MEDIA_NODES) == 1 else f"{len(answers)} of {len(settings.MEDIA_NODES)}"


def answers(address: str) -> bool:
    """Whether the node at ``address`` answers, within about a second."""
    try:
        _greet(address)
    except (OSError, NodeSilent):
        return False
    return True


def _greet(address: str) -> str:
    with _connected(address) as connection:
        connection.sendall(wire.encode(wire.Hello(token=settings.MEDIA_NODE_TOKEN or None)))
        with connection.makefile("rb") as lines:
            try:
                welcome = wire.decode_from_node(lines.readline(wire.MAX_LINE_BYTES))
            except ValueError as error:
                raise NodeSilent from error
    if not isinstance(welcome, wire.Welcome):
        raise NodeSilent
    return f"version {welcome.version}"


def _connected(address: str) -> socket.socket:
    match wire.parse_address(address):
        case wire.TcpAddress(host, port):
            return socket.create_connection((host, port), TIMEOUT_S)
        case wire.UnixAddress(path):
            connection = socket.socket(socket.AF_UNIX)
            try:
                connection.settimeout(TIMEOUT_S)
                with unixpath.usable(Path(path)) as name:
                    connection.connect(name)
            except OSError:
                connection.close()
                raise
            return connection
