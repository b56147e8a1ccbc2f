"""The platform as a server sees it: `uvicorn rejoin.config.asgi:application`."""

import gc
import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rejoin.config.settings")

_application = get_asgi_application()

from django.urls import get_resolver  # noqa: E402 - after Django is set up

from rejoin.config.bodies import with_limited_bodies  # noqa: E402 - as above
from rejoin.config.uploads import may_bring_folder  # noqa: E402 - as above

application = with_limited_bodies(_application, may_bring_more=may_bring_folder)

# All pages are there before the first is asked for. What is there by now stays to the end: to look through all of it for
# cycles would take a tenth of a second, in the midst of whoever's page was being made then.
_ = get_resolver().url_patterns
gc.collect()
gc.freeze()
