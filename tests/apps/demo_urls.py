"""Every address of the platform, and those that are there only in a demonstration."""

from django.urls import include, path

from rejoin.config.urls import urlpatterns as platform

urlpatterns = [*platform, path("demonstration/", include("rejoin.demo.urls"))]
