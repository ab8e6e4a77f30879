"""Many clients that ask one question again and again until they are ended: `flood.py PORT CLIENTS PATH`."""

from __future__ import annotations

import http.client
import sys
from threading import Thread


def ask(port: int, path: str) -> None:
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            while True:
                connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
                connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            connection.close()


if __name__ == "__main__":
    threads = [Thread(target=ask, args=(int(sys.argv[1]), sys.argv[3]), daemon=True) for _ in range(int(sys.argv[2]))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
