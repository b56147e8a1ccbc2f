"""Every address of the platform."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from rejoin.operations.describing import openapi
from rejoin.operations.health.pages import health, live
from rejoin.portal.views.calendar import calendar

handler500 = "rejoin.operations.serving.something_broke"

urlpatterns: list[URLPattern | URLResolver] = [
    path("health", health),
    path("health/live", live),
    path("openapi.json", openapi),
    path("account/", include("rejoin.accounts.entrance")),
    path("", include("rejoin.accounts.urls")),
    path("me/", include("rejoin.portal.urls")),
    path("family/", include("rejoin.portal.family.urls")),
    path("", include("rejoin.portal.makeup_urls")),
    path("calendar/<str:token>.ics", calendar, name="calendar"),
    path("", include("rejoin.visits.urls")),
    path("", include("rejoin.console.urls")),
    path("", include("rejoin.outreach.urls")),
    path("", include("rejoin.rooms.urls")),
]
if settings.DEMONSTRATION:
    urlpatterns.append(path("demonstration/", include("rejoin.demo.urls")))
