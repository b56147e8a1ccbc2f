"""The platform as a server sees it: `uvicorn rejoin.config.asgi:application`."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rejoin.config.settings")

_application = get_asgi_application()

from rejoin.config.bodies import with_limited_bodies  # noqa: E402 - after Django is set up
from rejoin.config.uploads import may_bring_folder  # noqa: E402 - as above

application = with_limited_bodies(_application, may_bring_more=may_bring_folder)
