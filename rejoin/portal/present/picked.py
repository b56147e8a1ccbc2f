"""Whether she has picked a time to make a missed session up: what her pages lead to then is that time, and no choice."""


def picked(missed: str) -> str:
    """For a query in which `missed` is the missed seat's column; it takes one parameter, now."""
    return (
        "EXISTS (SELECT FROM makeups_booking AS booked"
        " JOIN programs_seat AS sits ON sits.id = booked.seat_id AND sits.occupies"
        f" WHERE booked.missed_id = {missed} AND upper(sits.span) > %s)"
    )
