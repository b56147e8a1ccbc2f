from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "rejoin.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from allauth.account import signals as account
        from allauth.mfa import signals as mfa
        from django.contrib.auth.signals import user_logged_in, user_logged_out

        from rejoin.accounts import telling

        user_logged_in.connect(telling.on_begin)
        user_logged_out.connect(telling.on_sign_out)
        account.user_logged_in.connect(telling.on_sign_in)
        account.authentication_step_completed.connect(telling.on_step)
        account.password_changed.connect(telling.on_password_changed)
        account.password_reset.connect(telling.on_password_reset)
        mfa.authenticator_added.connect(telling.on_factor_added)
        mfa.authenticator_removed.connect(telling.on_factor_removed)
        mfa.authenticator_reset.connect(telling.on_factor_renewed)
        mfa.authentication_failed.connect(telling.on_factor_failed)
