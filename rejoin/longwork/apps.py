from django.apps import AppConfig


class LongworkConfig(AppConfig):
    name = "rejoin.longwork"
    label = "longwork"
    default_auto_field = "django.db.models.BigAutoField"
