from django.apps import AppConfig


class FollowupConfig(AppConfig):
    name = "rejoin.followup"
    label = "followup"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from rejoin.followup.hearing import listen

        listen()
