from django.apps import AppConfig


class MakeupsConfig(AppConfig):
    name = "rejoin.makeups"
    label = "makeups"
    default_auto_field = "django.db.models.BigAutoField"
