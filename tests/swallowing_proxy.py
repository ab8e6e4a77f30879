"""A way to a PostgreSQL that can lose what is announced, as a pooler does, and go silent, as a dead machine is."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

NOTIFICATION = b"A"


class SwallowingProxy:
    """Passes connections on to a socket of PostgreSQL; threads of its own, gone with the block."""

    def __init__(self, target: Path) -> None:
        self.target, self.swallows, self.passes = target, False, threading.Event()
        self.passes.set()
        self.swallowed = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._listener.close()

    @property
    def url(self) -> str:
        # Without a question for TLS, whose answer is no message but a byte.
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres?sslmode=disable&gssencmode=disable"

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                try:
                    server.connect(str(self.target))
                except OSError:
                    client.close()
                    server.close()
                    continue
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else each answer waits 40 ms for more
                for work in (self._ask, self._answer):
                    threading.Thread(target=work, args=(client, server), daemon=True).start()

    def _ask(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(65_536):
                self.passes.wait()
                server.sendall(data)
        _close(client, server)

    def _answer(self, client: socket.socket, server: socket.socket) -> None:
        """Pass on what the server says message by message: a byte of its kind and four of its length."""
        with suppress(OSError), server.makefile("rb") as file:
            while head := file.read(5):
                rest = file.read(struct.unpack("!I", head[1:])[0] - 4)
                if head[:1] == NOTIFICATION and self.swallows:
                    self.swallowed += 1
                else:
                    self.passes.wait()
                    client.sendall(head + rest)
        _close(client, server)


def _close(*ends: socket.socket) -> None:
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
