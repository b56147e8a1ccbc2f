"""A cache in the database, shared by every process of every machine: it counts attempts to sign in.

Django's own one throws entries away at random once it is full, so that whoever makes enough noise is forgiven; and
what it reads it unpickles. This one forgets nothing before its time, and holds JSON. It is outside the web's door
(`common/seeing.py`): an attempt is counted before anybody is known.
"""

import json
from typing import Any, Final

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache

from rejoin.common.rows import execute, select

LIVE: Final = "(expires_at IS NULL OR expires_at > clock_timestamp())"
UNTIL: Final = "clock_timestamp() + %s * interval '1 second'"  # NULL for what never expires
GET: Final = f"SELECT value FROM accounts_counted WHERE key = %s AND {LIVE}"  # noqa: S608 - our own words
PUT: Final = f"""
INSERT INTO accounts_counted AS held (key, value, expires_at) VALUES (%s, %s, {UNTIL})
ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at
"""  # noqa: S608
UNLESS_HELD: Final = "WHERE held.expires_at <= clock_timestamp()"
TOUCH: Final = f"UPDATE accounts_counted SET expires_at = {UNTIL} WHERE key = %s AND {LIVE}"  # noqa: S608
# A few at each turn: however many there were, they are gone soon, and nobody waits for it.
FORGET: Final = """
DELETE FROM accounts_counted WHERE key IN (
    SELECT key FROM accounts_counted WHERE expires_at <= clock_timestamp() LIMIT 20 FOR UPDATE SKIP LOCKED)
"""
DELETE: Final = "DELETE FROM accounts_counted WHERE key = %s"
CLEAR: Final = "DELETE FROM accounts_counted"


class CountedInDatabase(BaseCache):
    """Django's cache, for values that JSON can hold."""

    def __init__(self, _: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        found = select(GET, [self._named(key, version)])
        return json.loads(found[0][0]) if found else default

    def set(
        self, key: Any, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:
        self._put(PUT, key, value, timeout, version)

    def add(
        self, key: Any, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        """True for one of those who add the same key at once, and False for all others."""
        return self._put(PUT + UNLESS_HELD, key, value, timeout, version)

    def touch(self, key: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return execute(TOUCH, [self._lasting(timeout), self._named(key, version)]) == 1

    def delete(self, key: Any, version: int | None = None) -> bool:
        return execute(DELETE, [self._named(key, version)]) == 1

    def clear(self) -> None:
        execute(CLEAR)

    def _put(self, sql: str, key: Any, value: Any, timeout: Any, version: int | None) -> bool:
        execute(FORGET)
        held = execute(sql, [self._named(key, version), json.dumps(value), self._lasting(timeout)])
        return held == 1

    def _lasting(self, timeout: Any) -> float | None:
        seconds: float | None = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        return seconds

    def _named(self, key: Any, version: int | None) -> str:
        return str(self.make_key(key, version))
