"""Addresses for whoever looks after the platform."""

from django.urls import path

from rejoin.operations.health.pages import health, live

urlpatterns = [
    path("health", health),
    path("health/live", live),
]
