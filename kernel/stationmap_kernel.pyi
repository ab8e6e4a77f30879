from typing import Any, final

Buffer = Any  # what has the buffer protocol: a name for it came with Python 3.12

@final
class Tree:
    def __new__(cls, lons: Buffer, lats: Buffer, hours: Buffer | None = None) -> Tree: ...
    def __len__(self) -> int: ...
    def nearest(
        self, lon: float, lat: float, k: int, within_m: float, bits: Buffer | None, closed_m: Buffer | None, /
    ) -> list[tuple[float, int]] | None: ...
    def by_chord(
        self, lon: float, lat: float, k: int, within_chord_m: float, bits: Buffer | None, closed_m: Buffer | None, /
    ) -> list[tuple[float, int]]: ...
    def nearest_many(
        self,
        lons: Buffer,
        lats: Buffer,
        order: Buffer,
        k: int,
        bits: Buffer | None,
        places: Buffer,
        metres: Buffer,
        unsettled: Buffer,
        /,
    ) -> None: ...
