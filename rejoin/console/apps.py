from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "rejoin.console"
    label = "console"
