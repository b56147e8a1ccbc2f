from django.apps import AppConfig


class OutreachConfig(AppConfig):
    name = "rejoin.outreach"
    label = "outreach"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_out

        from rejoin.accounts.actions import account_closed
        from rejoin.outreach.inbox import answer_always
        from rejoin.outreach.subscribing import on_account_closed, on_sign_out

        answer_always()
        user_logged_out.connect(on_sign_out)
        account_closed.connect(on_account_closed)
