"""A visit: somebody on her way into a session's room, let in by whoever leads it, and what she shows of herself there."""
