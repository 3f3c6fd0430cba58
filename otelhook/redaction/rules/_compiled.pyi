from typing import final

@final
class Finder:
    def __new__(
        cls,
        rows: tuple[
            tuple[
                bytes, int, int, tuple[tuple[bool, bool, tuple[tuple[bytes, int, int], ...]], ...]
            ],
            ...,
        ],
        groups: int,
        /,
    ) -> Finder: ...
    def first(self, text: str | bytes, /) -> list[tuple[int, int]] | None: ...

def token_signs(text: str, /) -> int: ...
