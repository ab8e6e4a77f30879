"""A file for a library that, where there is no room, would fail a second time as it closes its archive."""

from __future__ import annotations

from typing import IO


class UntilFull:
    """A file whose first error of writing is kept in `error`, to be raised by whoever has it written."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.error: OSError | None = None

    def write(self, data: bytes) -> int:
        """Write bytes; after an error, or when the file is closed, they go nowhere."""
        if self._takes:
            try:
                return self._file.write(data)
            except OSError as error:
                self.error = error
        return len(data)

    def flush(self) -> None:
        """Do nothing: whoever opened the file ends with that."""

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place in the file."""
        return self._file.seek(offset, whence) if self._takes else 0

    def tell(self) -> int:
        """Return the place in the file."""
        return self._file.tell() if self._takes else 0

    @property
    def _takes(self) -> bool:
        return self.error is None and not self._file.closed
