"""Addresses of the demonstration's own pages. They are there only while `settings.DEMONSTRATION` is on."""

from django.urls import path

from rejoin.demo import views

app_name = "demonstration"
urlpatterns = [
    path("", views.control, name="control"),
    path("pause", views.pause, name="pause"),
    path("speed", views.speed, name="speed"),
    path("jump", views.jump, name="jump"),
    path("hurry", views.hurry, name="hurry"),
    path("as/<slug:role>/", views.be, name="as"),
    path("go/<slug:name>/", views.go, name="go"),
    path("see/<slug:kind>/<uuid:ref>/", views.see, name="see"),
    path("phones/<uuid:ref>/", views.phone, name="phone"),
    path("phones/<uuid:ref>/text", views.text, name="text"),
]
