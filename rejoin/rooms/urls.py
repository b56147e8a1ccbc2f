"""Where rooms report to."""

from django.urls import path

from rejoin.rooms.webhooks import take_in_event_sync, take_in_webhook

urlpatterns = [
    path("hooks/rooms/<slug:provider>", take_in_webhook, name="room-webhook"),
    path(
        "hooks/rooms/jitsi/events/<slug:about>/<slug:what>",
        take_in_event_sync,
        name="room-webhook-of-event-sync",
    ),
]
