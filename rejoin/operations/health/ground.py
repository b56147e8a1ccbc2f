"""What everything stands on: the database, its clock, room on the disk."""

import shutil
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

from rejoin.common.rows import select
from rejoin.config import embedded, env
from rejoin.operations import opening
from rejoin.operations.health.report import Answer, Moment, counted, lasting, not_well, note, well

CLOCKS_DIFFER_BY: Final = timedelta(seconds=2)
LEAST_FREE_BYTES: Final = 1_000_000_000
MOMENT: Final = "SELECT rejoin_now(), clock_timestamp(), (SELECT rate FROM common_simulatedclock)"
# The newest by number: there is no need to read them all to see the clock's last steps.
NEWEST_FACT: Final = "SELECT max(at) FROM (SELECT at FROM audit_event ORDER BY id DESC LIMIT 1000) AS newest"


def check_reachable() -> Answer:
    if opening.is_reachable():
        return well("The database answers.")
    return not_well(
        "The database does not answer. Until it does, nobody is noticed missing.",
        do="Our own is started again by a worker (rejoin work); its log is REJOIN_HOME/postgres/log. "
        "For another, see to its machine and to DATABASE_URL.",
    )


def check_migrated() -> Answer:
    count = len(opening.changes_to_come())
    if not count:
        return well("The database is what this version of the software needs.")
    said = f"{counted(count, 'change')} of this version not in the database yet."
    return not_well(said, do="Run rejoin migrate, then start the workers anew.", count=count)


def read_moment() -> Moment:
    ((now, real_now, rate),) = select(MOMENT)
    return Moment(now=now, real_now=real_now, rate=1.0 if rate is None else rate, simulated=rate is not None)


def check_clocks_agree(moment: Moment) -> Answer:  # noqa: ARG001 - asked anew: the moment has aged
    """Whoever reads a time off this machine must read the same off the database."""
    before = datetime.now(UTC)
    ((told,),) = select("SELECT clock_timestamp()")
    apart = max(before - told, told - datetime.now(UTC), timedelta(0))
    if apart <= CLOCKS_DIFFER_BY:
        return well("This machine's clock and the database's agree.")
    seconds = apart.total_seconds()
    return not_well(
        f"This machine's clock and the database's are {lasting(seconds)} apart. The database's counts.",
        do="Switch time synchronisation on (NTP), on the database's machine first.",
        count=round(seconds),
    )


def check_real_time(moment: Moment) -> Answer:
    """A simulated clock is for demonstrations on one machine. Where patients are, it is a fault."""
    if not moment.simulated:
        return well("The program runs on real time.")
    shown = f"A SIMULATED clock is in force. It shows {moment.now:%Y-%m-%d %H:%M:%S} UTC"
    if moment.rate == 0:
        said = f"{shown} and stands still: nothing becomes due."
        return not_well(said, do="Let the demonstration's clock run on, or end it.")
    said = f"{shown} and runs {moment.rate:g} times as fast as the real one."
    if env.is_loopback(urlsplit(settings.BASE_URL).hostname):
        return note(said, count=1)
    return not_well(
        said, do="Patients are reached from here: end the demonstration, and use a fresh database."
    )


def check_clock_ahead_of_facts(moment: Moment) -> Answer:
    """A clock that jumped back makes what is due wait until it has caught up."""
    ((newest,),) = select(NEWEST_FACT)
    behind = (newest - moment.now) if newest else timedelta(0)
    if behind <= CLOCKS_DIFFER_BY:
        return well("The clock has not jumped back.")
    seconds = behind.total_seconds()
    return not_well(
        f"The clock is {lasting(seconds)} behind the newest fact: it jumped back. What is due waits for it.",
        do="Set the clock of the database's machine right. Where a demonstration ran, its facts lie in the "
        "future: use a fresh database.",
        count=round(seconds),
    )


def check_disk(moment: Moment) -> Answer:  # noqa: ARG001 - the clock changes nothing
    """A full disk stops our own server, and with it everything."""
    home = opening.own_home()
    if home is None:
        return note("The database is on a server that looks after its own disk.")
    places = [each for each in (home, embedded.REACHABLE) if each.exists()]
    free = min(shutil.disk_usage(each).free for each in places)
    said = f"{free / 1e9:.1f} GB are free where the database is."
    if free >= LEAST_FREE_BYTES:
        return well(said)
    return not_well(said, do="Make room on the disk before the database stops for want of it.")
