"""The settings under test, and those the type checker reads. They start no server and reach nobody."""

import os
from unittest.mock import patch

NOWHERE = "postgresql://nobody@/nowhere?host=%2Fnonexistent"  # tests/apps puts a real one in its place
_GIVEN = {
    "DATABASE_URL": os.environ.get("DATABASE_URL", NOWHERE),
    "REJOIN_SECRET_KEY": "a key for tests, and for nothing else",
}

with patch.dict(os.environ, _GIVEN, clear=True):
    from rejoin.config.settings import *  # noqa: F403

os.environ.setdefault("OMP_NUM_THREADS", "1")  # as settings do, whose environment is not kept
ALLOWED_HOSTS = ["testserver", "localhost"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
