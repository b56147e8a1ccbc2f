"""Every address of the patient's screens."""

from django.urls import URLPattern

app_name = "portal"
urlpatterns: list[URLPattern] = []
