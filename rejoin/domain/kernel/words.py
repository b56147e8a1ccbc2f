"""Closed vocabularies: the words of a status, a flag, a state."""

from enum import StrEnum


class Word(StrEnum):
    """A word of a closed vocabulary: the string itself, which hashes as fast as one."""

    __hash__ = str.__hash__
