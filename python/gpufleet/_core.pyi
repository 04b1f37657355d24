"""The compiled part; use the package's own functions."""

from typing import Any, Sequence

version: str

_Answer = tuple[str | None, list[dict[str, Any]]]

class Engine:
    def __init__(self, data_folder: str) -> None: ...
    def check(self, text: str, name: str, folder: str, overrides: Sequence[str]) -> _Answer: ...
    def run(self, text: str, name: str, folder: str, overrides: Sequence[str], seed: int) -> _Answer: ...
    def sweep(
        self,
        file: str,
        overrides: Sequence[str],
        vary: Sequence[str],
        points: int,
        sampling: str,
        seed: int,
        draws: int,
        jobs: int,
        database: str,
    ) -> _Answer: ...
    def accelerators(self) -> list[str]: ...
    def models(self) -> list[str]: ...
