"""The wire form of protocol buffers, as far as a vector tile needs it: numbers, and fields with a length.

Source: https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

_SHORT = 1 << 14


def varint(number: int) -> bytes:
    """Return a whole number from 0 up: seven bits a byte, the lowest first."""
    return _VARINTS[number] if number < _SHORT else _encoded(number)


def field(number: int, content: bytes) -> bytes:
    """Return a field, of a number below 16, that holds bytes: a text, a message or packed numbers."""
    return b"%c%b%b" % (number << 3 | 2, varint(len(content)), content)


def number_field(number: int, value: int) -> bytes:
    """Return a field, of a number below 16, that holds a whole number from 0 up."""
    return b"%c%b" % (number << 3, varint(value))


def _encoded(number: int) -> bytes:
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    found.append(number)
    return bytes(found)


_VARINTS = [_encoded(number) for number in range(_SHORT)]
"""Those of lengths, places and coordinates, which make up a tile."""
