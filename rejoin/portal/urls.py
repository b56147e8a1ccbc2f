"""Every address of the patient's screens."""

from django.urls import path

from rejoin.portal.views import today

app_name = "portal"
urlpatterns = [
    path("", today.today, name="today"),
    path("join/<int:seat_id>", today.join, name="join"),
]
