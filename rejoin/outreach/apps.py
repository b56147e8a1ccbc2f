from django.apps import AppConfig


class OutreachConfig(AppConfig):
    name = "rejoin.outreach"
    label = "outreach"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from rejoin.outreach.inbox import answer_always

        answer_always()
