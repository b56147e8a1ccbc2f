"""Saying no, clearly."""

from dataclasses import dataclass


class Refusal(Exception):
    """We will not do that, and `message` is what to tell the person. `code` is for machines."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Problem:
    """One thing wrong with an input: where it is (file, 1-based line, field) and what it is."""

    file: str
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        return " ".join(f"{self.file}:{self.line}: {self.field}: {self.message}".splitlines())
