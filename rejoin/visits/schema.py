"""Who sees which visits, and who is in a room to whoever is in it."""

from rejoin.common.schema import PROGRAMS, near, of_session

WEB_WRITES = {
    "visits_visit": "INSERT, UPDATE",
    "visits_visitturn": "INSERT",
    "visits_lock": "INSERT",
    "visits_telehealthconsent": "INSERT",
}
"""What the web writes, for whoever lists it."""
CHANGES = (
    *("state", "decided_at", "decided_by", "display_name", "hand_up_at", "entered_at", "left_at"),
    *("asked_at",),
)
MAY = {
    **{table: f"SELECT, {rights}" for table, rights in WEB_WRITES.items()},
    "visits_visit": f"SELECT, INSERT, UPDATE ({', '.join(CHANGES)})",
}
KEPT = ("session_id", "seat_id", "patient_id", "staff_id", "ref")


def near_or_led(table: str) -> str:
    """The row is of a patient she sees, or of a colleague in a session of her program."""
    return f"{near()} OR (patient_id IS NULL AND {of_session(table, PROGRAMS)})"


# Whoever is in a room sees who else is, by the names they chose, and nothing else of them: their rows are not hers.
IN_ROOM = """
CREATE FUNCTION rejoin_in_room(held bigint) RETURNS TABLE (ref text, name text, host boolean, hand_up boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT visit.ref, visit.display_name, visit.staff_id IS NOT NULL, visit.hand_up_at IS NOT NULL
      FROM visits_visit AS visit
     WHERE visit.session_id = held AND visit.state = 'admitted' AND visit.entered_at IS NOT NULL
       AND (rejoin_asker() IS NULL OR EXISTS (
            SELECT FROM visits_visit AS own
             WHERE own.session_id = held AND own.state = 'admitted'
               AND (own.patient_id = rejoin_patient() OR own.staff_id = rejoin_staff())))
     ORDER BY visit.staff_id IS NULL, visit.entered_at, visit.id
$$;
"""
DROP_IN_ROOM = "DROP FUNCTION rejoin_in_room(bigint)"
