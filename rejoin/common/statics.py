"""Style sheets, fonts and scripts: served as they lie in the checkout, under addresses that change with their content."""

import hashlib
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage


class NamedByContent(StaticFilesStorage):
    """`css/base.css` is at `/static/css/base.css?v=1c7b90d2`: a browser keeps it for a year, and asks anew when it changed.

    Any other machine of the same program serves what it has under the same path, whatever `v` says, so that a
    page from before an update is never left without its style sheet.
    """

    def url(self, name: str | None) -> str:
        if not name:
            return super().url(name)
        return f"{super().url(name)}?v={version_of(name)}"


def version_of(name: str) -> str:
    """Eight hex digits of the file's content."""
    return _digest(name) if settings.DEBUG else _kept_digest(name)


def _digest(name: str) -> str:
    found = finders.find(name)
    if not isinstance(found, str):
        raise FileNotFoundError(f"no static file {name}")
    return hashlib.sha256(Path(found).read_bytes()).hexdigest()[:8]


_kept_digest = cache(_digest)
