"""Kernel messages over a stream socket: each message is its parts, each part with its length."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable

_COUNT = struct.Struct("!I")
_LENGTH = struct.Struct("!Q")
CHUNK = 1 << 18


def pack(parts: Iterable[bytes | memoryview]) -> bytes:
    """Return the parts of one message as bytes that `unpack` reads back.

    Examples
    --------
    >>> unpack(bytearray(pack([b"a", b""])))
    [b'a', b'']
    """
    views = [memoryview(part).cast("B") for part in parts]
    head = [_COUNT.pack(len(views)), *(_LENGTH.pack(len(view)) for view in views)]
    return b"".join([*head, *views])


def unpack(buffer: bytearray) -> list[bytes] | None:
    """Take the first whole message out of a buffer; None, and nothing taken, where none is whole.

    Examples
    --------
    >>> buffer = bytearray(pack([b"first"]) + pack([b"second"])[:-1])
    >>> unpack(buffer), unpack(buffer)
    ([b'first'], None)
    """
    if len(buffer) < _COUNT.size:
        return None
    (count,) = _COUNT.unpack_from(buffer)
    start = _COUNT.size + count * _LENGTH.size
    if len(buffer) < start:
        return None
    lengths = [_LENGTH.unpack_from(buffer, _COUNT.size + i * _LENGTH.size)[0] for i in range(count)]
    if len(buffer) < start + sum(lengths):
        return None
    parts = []
    for length in lengths:
        parts.append(bytes(buffer[start : start + length]))
        start += length
    del buffer[:start]
    return parts


def receive(sock: socket.socket, buffer: bytearray) -> bool:
    """Wait for more bytes of a socket; False at its end."""
    try:
        chunk = sock.recv(CHUNK)
    except OSError:
        return False
    buffer += chunk
    return bool(chunk)
