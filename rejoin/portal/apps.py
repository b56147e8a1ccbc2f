from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "rejoin.portal"
    label = "portal"
