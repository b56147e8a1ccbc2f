"""Addresses of sign-in that are ours, beside allauth's (`entrance`)."""

from django.urls import path

from rejoin.accounts import languages, views

app_name = "accounts"
urlpatterns = [
    path("account/invitation/<str:secret>", views.invitation, name="invitation"),
    path("account/demonstration/<str:secret>", views.demonstration, name="demonstration"),
    path("account/second-step/", views.second_factor, name="second_factor"),
    path("account/here", views.here, name="here"),
    path("account/language", languages.choose, name="language"),
    path("account/go-on/", views.go_on, name="go_on"),
]
