"""What every channel is asked, and what may not leak from it."""

from datetime import datetime, timedelta

import pytest

from rejoin.outreach.channels.dry import DryChannel
from rejoin.outreach.channels.guard import Guarded
from rejoin.outreach.channels.port import Accepted, Refused, Sendable, Why
from tests.outreach.messages import ADA, NOW, NUDGE, text_to_ada


@pytest.mark.parametrize("key", ["", "with blank", "accént", "line\nbreak", "x" * 121])
def test_a_key_that_cannot_stand_in_an_address_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="a key is"):
        text_to_ada(key)


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Sendable(key="k", to=ADA, body="b", valid_until=datetime(2026, 10, 6))  # noqa: DTZ001


def test_a_message_shows_nothing_but_its_key_where_it_is_logged() -> None:
    shown = repr(text_to_ada(subject="a subject", callback_url="https://example.org/hook"))
    assert "case:55:nudge" in shown
    for hidden in (ADA, "Harbor", "a subject", "example.org"):
        assert hidden not in shown


def test_the_dry_channel_says_yes_and_gives_the_same_key_the_same_id() -> None:
    first = DryChannel().send(text_to_ada(), now=NOW)
    assert first == DryChannel().send(text_to_ada(), now=NOW)
    assert isinstance(first, Accepted)
    assert first.vendor_id.startswith("dry-")
    assert DryChannel().send(text_to_ada("case:56"), now=NOW) != first


def test_the_dry_channel_never_sent_anything() -> None:
    assert DryChannel().look_up(text_to_ada(), since=NOW) is None


@pytest.mark.parametrize("late_by", [timedelta(0), timedelta(seconds=1)])
def test_what_is_too_late_is_not_sent(late_by: timedelta) -> None:
    sendable = text_to_ada(valid_for=timedelta(minutes=30))
    for channel in (DryChannel(), Guarded(DryChannel())):
        answer = channel.send(sendable, now=sendable.valid_until + late_by)
        assert answer == Refused(code="expired", permanent=True, why=Why.EXPIRED)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("Hope Recovery: we missed you.", "unsafe-wording"),
        ("Harbor Line: you missed group today", "unsafe-wording"),
        ("Harbor Line: le echamos de menos, está bien", "not-one-segment"),
        ("x" * 161, "not-one-segment"),
        ("  ", "empty"),
    ],
)
def test_the_guard_lets_nothing_through_that_may_disclose(body: str, code: str) -> None:
    guarded = Guarded(_Forbidden(), one_segment=True)
    assert guarded.send(text_to_ada(body=body), now=NOW) == Refused(
        code=code, permanent=True, why=Why.WORDING
    )


def test_the_guard_reads_the_subject_too() -> None:
    answer = Guarded(_Forbidden()).send(text_to_ada(subject="Your therapy"), now=NOW)
    assert answer == Refused(code="unsafe-wording", permanent=True, why=Why.WORDING)


def test_the_guard_passes_on_what_is_safe_and_every_look_up() -> None:
    guarded = Guarded(DryChannel(), one_segment=True)
    assert isinstance(guarded.send(text_to_ada(body=NUDGE), now=NOW), Accepted)
    assert guarded.look_up(text_to_ada(), since=NOW, known_ids=["SM1"]) is None


class _Forbidden(DryChannel):
    """A channel that must not be reached."""

    def send(self, sendable: Sendable, *, now: datetime) -> Accepted | Refused:
        raise AssertionError("it was sent")
