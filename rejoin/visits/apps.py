from django.apps import AppConfig


class VisitsConfig(AppConfig):
    name = "rejoin.visits"
    label = "visits"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from rejoin.attendance.at_the_door import ask_who_stands
        from rejoin.rooms.entitled import ask_who_may_be_in
        from rejoin.visits.inside import may_be_inside
        from rejoin.visits.waiting import who_stood

        ask_who_may_be_in(may_be_inside)
        ask_who_stands(who_stood)
