from django.apps import AppConfig


class FollowupConfig(AppConfig):
    name = "rejoin.followup"
    label = "followup"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from rejoin.followup.hearing import listen
        from rejoin.followup.nudging import ABOUT, still_wanted_nudges
        from rejoin.followup.offered import ABOUT as OFFERED
        from rejoin.followup.offered import still_wanted_offered, ways_of_offered
        from rejoin.followup.ways import lead
        from rejoin.followup.ways_back import ABOUT as WAYS_BACK
        from rejoin.followup.ways_back import still_wanted_ways_back
        from rejoin.outreach.wanted import ask_about
        from rejoin.outreach.ways import lead_about

        listen()
        lead()
        ask_about(ABOUT, still_wanted_nudges)
        ask_about(WAYS_BACK, still_wanted_ways_back)
        ask_about(OFFERED, still_wanted_offered)
        lead_about(OFFERED, ways_of_offered)
