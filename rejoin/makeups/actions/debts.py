"""What is let go by a person, and content that was caught up on."""

from collections.abc import Callable, Mapping
from datetime import datetime

from rejoin.audit.trail import action, record
from rejoin.common.actors import Actor
from rejoin.common.bulk import insert_rows
from rejoin.common.refusals import refuse_machines
from rejoin.domain.kernel import Refusal
from rejoin.domain.makeup.ledger import Account, What, caught_up, let_go
from rejoin.makeups.actions.offers import withdraw_all
from rejoin.makeups.ledgers import is_settled, open_amounts
from rejoin.makeups.models import LedgerEntry, LedgerWords, Offer
from rejoin.makeups.vocabulary import WaiverReason, Withdrawn
from rejoin.programs.models import Seat
from rejoin.programs.seating import hold_patients

LONGEST = 4000
Closes = Callable[[Mapping[Account, int]], dict[Account, int]]


@action("makeups.waive")
def waive(*, seat: Seat, why: WaiverReason, words: str = "", by: Actor, at: datetime) -> None:
    """Whatever is open of this missed session is not asked for any more: a person says so, and why."""
    refuse_machines(by, what="lets a debt go")
    if why is WaiverReason.OTHER and not words.strip():
        raise Refusal("waiver.words", "Say in a sentence why.")
    _write(seat, What.WAIVED, let_go, why.value, words, verb="makeups.waive", by=by, at=at)


@action("makeups.catch_up")
def catch_up(*, seat: Seat, words: str = "", by: Actor, at: datetime) -> None:
    """She has worked through the material, and somebody signs it off. It closes content, and no hours."""
    refuse_machines(by, what="signs off what was caught up on")
    _write(seat, What.CAUGHT_UP, caught_up, "signed_off", words, verb="makeups.catch_up", by=by, at=at)


def _write(  # noqa: PLR0913 - one way of closing accounts, told as the verb
    seat: Seat,
    what: What,
    closes: Closes,
    reason: str,
    words: str,
    *,
    verb: str,
    by: Actor,
    at: datetime,
) -> None:
    hold_patients([seat.patient_id])
    amounts = closes(open_amounts(seat.pk))
    if not amounts:
        raise Refusal("makeup.settled", "Nothing of this is open.")
    columns = ("at", "by", "seat", "patient", "account", "what", "amount", "reason")
    entries = insert_rows(
        LedgerEntry,
        columns,
        [
            (at, str(by), seat.pk, seat.patient_id, account.value, what.value, amount, reason)
            for account, amount in amounts.items()
        ],
        returning="id",
    )
    if is_settled(open_amounts(seat.pk)):
        withdraw_all(Offer.objects.filter(seat=seat).open_at(at), why=Withdrawn.NOT_OWED, by=by, at=at)
    said = words.strip()[:LONGEST]
    insert_rows(
        LedgerWords,
        ("at", "by", "entry", "patient", "words"),
        [(at, str(by), entry, seat.patient_id, said) for (entry,) in entries if said],
    )
    record(
        verb,
        f"seat:{seat.pk}",
        by=by,
        at=at,
        patient=seat.patient_id,
        program=seat.session.program_id,
        reason=reason,
    )
