"""Which channels are in force: nothing leaves unless all of it was meant to."""

from typing import Final

import pytest

from rejoin.domain.kernel.refusals import Refusal
from rejoin.outreach.channels.choose import channels_in_force, is_dry, is_live
from rejoin.outreach.channels.guard import Guarded
from rejoin.outreach.channels.port import Accepted, Refused
from tests.outreach.messages import NOW, text_to_ada
from tests.outreach.test_push import OUR_KEY

LIVE: Final = {"REJOIN_DRY_RUN": "off"}
TWILIO: Final = {
    "TWILIO_ACCOUNT_SID": "AC" + "a" * 32,
    "TWILIO_AUTH_TOKEN": "a token of thirty-two characters",
    "TWILIO_FROM": "+15005550006",
}
EMAIL: Final = {"EMAIL_URL": "smtp://localhost:25", "REJOIN_EMAIL_FROM": "hello@harborline.example"}
VAPID: Final = {
    "REJOIN_VAPID_PUBLIC_KEY": "public",
    "REJOIN_VAPID_PRIVATE_KEY": OUR_KEY,
    "REJOIN_VAPID_CONTACT": "mailto:ops@harborline.example",
}
EVERYTHING: Final = {**LIVE, **TWILIO, **EMAIL, **VAPID}


def dry_ones(settings: dict[str, object]) -> set[str]:
    return {name for name, channel in channels_in_force(settings).items() if is_dry(channel)}


@pytest.mark.parametrize("word", [None, "", "on", "true", "no", "0", "offf", "live", False, 0])
def test_nothing_is_live_unless_the_dry_run_is_off_by_that_word(word: object) -> None:
    settings = {**EVERYTHING, "REJOIN_DRY_RUN": word}
    assert not is_live(settings)
    assert dry_ones(settings) == {"sms", "email", "push"}


def test_nothing_at_all_is_dry() -> None:
    assert dry_ones({}) == {"sms", "email", "push"}


@pytest.mark.parametrize("word", ["off", "OFF", " off "])
def test_with_all_of_it_configured_and_live_nothing_is_dry(word: str) -> None:
    assert dry_ones({**EVERYTHING, "REJOIN_DRY_RUN": word}) == set()


@pytest.mark.parametrize(
    ("configured", "dry"),
    [
        ({}, {"sms", "email", "push"}),
        (TWILIO, {"email", "push"}),
        (EMAIL, {"sms", "push"}),
        (VAPID, {"sms", "email"}),
        ({**EMAIL, "TWILIO_ACCOUNT_SID": ""}, {"sms", "push"}),
    ],
)
def test_a_channel_that_is_not_configured_stays_dry(configured: dict[str, object], dry: set[str]) -> None:
    assert dry_ones({**LIVE, **configured}) == dry


@pytest.mark.parametrize("missing", [name for name in EVERYTHING if name != "REJOIN_DRY_RUN"])
def test_half_a_configuration_is_refused_by_name_when_live_and_dry_otherwise(missing: str) -> None:
    settings: dict[str, object] = {name: value for name, value in EVERYTHING.items() if name != missing}
    with pytest.raises(Refusal, match=missing):
        channels_in_force(settings)
    assert dry_ones({**settings, "REJOIN_DRY_RUN": "on"}) == {"sms", "email", "push"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TWILIO_ACCOUNT_SID", "AC123"),
        ("TWILIO_FROM", "Harbor Line"),
        ("TWILIO_MESSAGING_SERVICE", "MG" + "a" * 32),
        ("TWILIO_API_BASE", "http://vendor.example"),
        ("TWILIO_API_BASE", "vendor.example"),
        ("TWILIO_API_BASE", "https://vendor.example/path"),
        ("REJOIN_EMAIL_FROM", "nobody"),
        ("REJOIN_EMAIL_FROM", "hello@hope-recovery.org"),
        ("REJOIN_EMAIL_FROM", "IOP Harbor <hello@harborline.example>"),
        ("REJOIN_VAPID_PRIVATE_KEY", "not a key"),
        ("REJOIN_VAPID_CONTACT", "nobody"),
        ("REJOIN_PUSH_SERVICES", "http://push.example"),
    ],
)
def test_a_wrong_setting_is_refused_and_never_repeated(name: str, value: str) -> None:
    with pytest.raises(Refusal) as refused:
        channels_in_force({**EVERYTHING, name: value})
    assert refused.value.message.startswith(("TWILIO", "REJOIN"))
    assert value not in refused.value.message


def test_a_messaging_service_and_a_vendor_on_this_machine_will_do() -> None:
    settings: dict[str, object] = {
        **EVERYTHING,
        "TWILIO_FROM": "",
        "TWILIO_MESSAGING_SERVICE": "MG" + "a" * 32,
    }
    settings |= {
        "TWILIO_API_BASE": "http://127.0.0.1:9999/",
        "REJOIN_PUSH_SERVICES": "http://localhost:1 push.example",
    }
    assert dry_ones(settings) == set()


def test_every_channel_is_guarded() -> None:
    channels = channels_in_force({})
    assert all(isinstance(channel, Guarded) for channel in channels.values())
    telling = text_to_ada(body="Your group therapy starts")
    for channel in channels.values():
        assert isinstance(channel.send(telling, now=NOW), Refused)
        assert isinstance(channel.send(text_to_ada(), now=NOW), Accepted)


def test_a_text_longer_than_a_segment_goes_by_email_and_not_by_sms() -> None:
    channels, long = channels_in_force({}), text_to_ada(body="We are glad to see you. " * 10)
    assert isinstance(channels["sms"].send(long, now=NOW), Refused)
    assert isinstance(channels["email"].send(long, now=NOW), Accepted)
