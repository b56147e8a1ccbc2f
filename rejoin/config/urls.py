"""Every address of the platform."""

from django.urls import URLPattern, URLResolver, include, path

handler500 = "rejoin.operations.serving.something_broke"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("rejoin.operations.urls")),
    path("", include("rejoin.outreach.urls")),
    path("", include("rejoin.rooms.urls")),
]
