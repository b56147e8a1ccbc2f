"""The platform as a server sees it: `uvicorn rejoin.config.asgi:application`."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rejoin.config.settings")

application = get_asgi_application()
