"""Importers of what meeting software exports: one door, and the layout is found by content alone."""

from rejoin.rooms.exports.logs import read_log, read_mentions
from rejoin.rooms.exports.reading import read_room_bytes, read_room_file

__all__ = ["read_log", "read_mentions", "read_room_bytes", "read_room_file"]
