"""What people decide about a pattern. The software raised it, and nothing follows from the decision by itself."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from rejoin.audit.trail import action, record
from rejoin.common.actors import Actor
from rejoin.common.refusals import refusing
from rejoin.domain.kernel import Refusal, local_day, local_midnight
from rejoin.followup.actions.asking import refuse_outsider, said, staff_who_acts
from rejoin.followup.actions.team import put_task
from rejoin.followup.models import Review, ReviewEvent
from rejoin.followup.vocabulary import TO_DO, Decision
from rejoin.followup.words import DECISIONS, word
from rejoin.people.models import Staff

ONE_MINUTE = timedelta(minutes=1)


@action("followup.decide_review")
def decide_review(
    *,
    review: Review,
    decision: str,
    words: str = "",
    follow_up_on: date | None = None,
    owner: Staff | None = None,
    by: Actor,
    at: datetime,
) -> ReviewEvent:
    """What people decided, once, and why. A day to follow it up on makes a task of `owner`'s, or of whoever decides.

    `decision` is a code of `Decision`, with the reason in words; or a few words of their own, which are their reason.
    What is nothing until somebody does it needs its day.
    """
    decider = staff_who_acts(by)
    decided = said(decision, code="review.decision", ask="Say what was decided.")
    if decided in set(Decision):
        said(words, code="review.words", ask="Say why: it is read by people who were not there.")
    if decided in TO_DO and follow_up_on is None:
        raise Refusal("review.day", "Say by which day: somebody has to do it, and is reminded of it.")
    _refuse_odd_follow_up(review, follow_up_on, owner or decider, at)
    _hold_undecided(review)
    with refusing():
        event = ReviewEvent.objects.create(
            review=review,
            patient_id=review.patient_id,
            turn="decided",
            decision=decided,
            words=words.strip(),
            follow_up_on=follow_up_on,
            at=at,
            by=str(by),
        )
    _follow_up(event, owner or decider, by=by, at=at)
    record(
        "followup.decide_review",
        f"review:{review.pk}",
        by=by,
        at=at,
        patient=review.patient_id,
        program=review.program_id,
    )
    return event


def _hold_undecided(review: Review) -> None:
    """Nobody else decides it before this transaction ends; somebody may have done so before."""
    Review.objects.select_for_update(no_key=True).get(pk=review.pk)
    earlier = ReviewEvent.objects.filter(review=review, turn="decided").first()
    if earlier is not None:
        raise Refusal("review.decided", f"{_name_of(earlier.by)} has decided this already.")


def _follow_up(decided: ReviewEvent, owner: Staff, *, by: Actor, at: datetime) -> None:
    """A task of `owner`'s, where a day was named to follow it up on."""
    if decided.follow_up_on is None:
        return
    review = decided.review
    put_task(
        program=review.program,
        patient_id=review.patient_id,
        review=review,
        words=f"Follow up what was decided: {word(DECISIONS, decided.decision)}.",
        owner=owner,
        due_at=_end_of_day(decided.follow_up_on, ZoneInfo(review.program.timezone)),
        by=by,
        at=at,
    )


def _refuse_odd_follow_up(review: Review, on: date | None, owner: Staff, at: datetime) -> None:
    if on is None:
        return
    if on < local_day(at, ZoneInfo(review.program.timezone)):
        raise Refusal("review.past", "The day to follow it up on lies ahead.")
    refuse_outsider(
        review.program_id, owner, at, code="review.owner", why="Whoever follows it up works in the program."
    )


def _end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The last minute of `day` on the program's clock."""
    return local_midnight(day + timedelta(days=1), zone) - ONE_MINUTE


def _name_of(actor: str) -> str:
    """Whoever of the staff it was, by name."""
    found = Staff.objects.filter(pk=int(actor.rpartition(":")[2])).first()
    return found.name if found else "Somebody"
