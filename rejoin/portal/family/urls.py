"""Every address of a family's pages."""

from django.urls import path

from rejoin.portal.family import views

app_name = "family"
urlpatterns = [
    path("", views.home, name="home"),
    path("mine", views.mine, name="mine"),
    path("<uuid:ref>", views.person, name="person"),
]
