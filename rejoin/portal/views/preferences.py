"""What she sets herself. Each part of the page is sent by itself, and the page with what is so now is the answer."""

from datetime import time

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from rejoin.domain.kernel import Refusal
from rejoin.followup.hearing import take_replies
from rejoin.makeups.actions import record_free_time
from rejoin.makeups.vocabulary import PartOfDay
from rejoin.outreach.quiet import set_quiet
from rejoin.outreach.writing import write
from rejoin.people.access import contact_of
from rejoin.people.actions import change_patient, close_to_family, record_consent
from rejoin.people.vocabulary import Purpose, WhyClosed
from rejoin.portal.door import Herself, patient_act, patient_asks, patient_page
from rejoin.portal.present.preferences import (
    CHANNELS,
    allowed_of,
    around,
    free_time_of,
    may_use_video,
    present_preferences,
    standing_towards,
    windows_of,
    zones_for,
)
from rejoin.portal.views.cannot import to
from rejoin.portal.words.me import words_in
from rejoin.visits.checking_in import VIDEO

GOOD = ("saved", "taken_back", "closed_now", "video_ended")
SAYS = (*GOOD, "mistaken", "quiet_wrong")
"""What the page can say of what was sent, by the names of its words."""
LONGEST_NAME = 100
SOURCE = "portal"


@patient_page
def preferences(request: HttpRequest, herself: Herself) -> HttpResponse:
    """All of it on one page."""
    mine, said = present_preferences(herself), request.GET.get("said", "")
    told = getattr(mine.say, said) if said in SAYS else ""
    shown = {"mine": mine, "told": told, "at": request.GET.get("at", ""), "good": said in GOOD}
    return TemplateResponse(request, "portal/preferences.html", shown)


@patient_act
def named(request: HttpRequest, herself: Herself) -> HttpResponse:
    """What she is called, and her clock."""
    zone = request.POST.get("timezone", "")
    if zone not in dict(zones_for(herself.patient.timezone, words_in("en"))):
        return _answer("self", "mistaken")
    change_patient(
        patient=herself.patient,
        preferred_name=" ".join(request.POST.get("name", "").replace("\x00", "").split())[:LONGEST_NAME],
        timezone=zone,
        by=herself.by,
        at=herself.at,
    )
    return _answer("self")


@patient_act
def reached(request: HttpRequest, herself: Herself) -> HttpResponse:
    """By what she is reached. What she leaves out holds from the next message on; only what changes is written down."""
    wanted, first = set(request.POST.getlist("ways")), request.POST.get("first", "")
    if not wanted <= set(CHANNELS) or first not in ("", *CHANNELS):
        return _answer("reach", "mistaken")
    for channel, allowed in allowed_of(herself).items():
        if allowed != (channel in wanted):
            said = {"channel": channel, "granted": channel in wanted, "source": SOURCE}
            record_consent(patient=herself.patient, **said, by=herself.by, at=herself.at)  # type: ignore[arg-type]
    if first != herself.patient.preferred_channel:
        change_patient(patient=herself.patient, preferred_channel=first, by=herself.by, at=herself.at)
    return _answer("reach")


@patient_act
def quiet(request: HttpRequest, herself: Herself) -> HttpResponse:
    """Hours in which nothing rings."""
    try:
        from_at, until_at = (_time(request.POST.get(each, "")) for each in ("from", "until"))
        set_quiet(patient=herself.patient, from_at=from_at, until_at=until_at, by=herself.by, at=herself.at)
    except (Refusal, ValueError):
        return _answer("quiet", "quiet_wrong")
    return _answer("quiet")


@patient_act
def free(request: HttpRequest, herself: Herself) -> HttpResponse:
    """When she can come. Times that her team wrote down stay as they are until she says something else."""
    ticked, best = frozenset(request.POST.getlist("free")), request.POST.get("best", "")
    if best not in ("", *PartOfDay):
        return _answer("free", "mistaken")
    known = free_time_of(herself)
    same = ticked == known.ticked
    if not same or best != known.best:
        record_free_time(
            patient=herself.patient,
            windows=known.windows if same else windows_of(ticked),
            prefers=PartOfDay(best) if best else None,
            by=herself.by,
            at=herself.at,
        )
    return _answer("free")


@patient_act
def take_back(request: HttpRequest, herself: Herself) -> HttpResponse:
    """Somebody around her is told nothing any more, for any purpose. To allow it anew is a form that she signs."""
    contact = contact_of(herself.patient, request.POST.get("contact", ""))
    for each in standing_towards(herself):
        if each.contact_id == contact.pk:
            record_consent(
                patient=herself.patient,
                contact=contact,
                channel=each.channel,
                purpose=Purpose(each.purpose),
                granted=False,
                source=SOURCE,
                by=herself.by,
                at=herself.at,
            )
    return _answer("others", "taken_back")


@patient_act
def close_to(request: HttpRequest, herself: Herself) -> HttpResponse:
    """Somebody around her is told nothing, whoever signed for it. Whoever is closed already stays so."""
    contact = contact_of(herself.patient, request.POST.get("contact", ""))
    if not any(each.contact_id == contact.pk and each.closed for each in around(herself)):
        close_to_family(contact=contact, why=WhyClosed.SHE_ASKS, by=herself.by, at=herself.at)
    return _answer("others", "closed_now")


@patient_asks
def video(request: HttpRequest, herself: Herself) -> HttpResponse:
    """She comes in by video, or no more. What it means stands beside the button; a no is before a person at once."""
    wanted = request.POST.get("video", "")
    if request.method != "POST":
        raise Http404
    if wanted not in ("yes", "no"):
        return _answer("video", "mistaken")
    with herself.seeing():
        turns = (wanted == "yes") is not may_use_video(herself)
    if turns and wanted == "no":
        _ask_for_a_call(herself)  # first: whatever comes of the rest, somebody knows
    if turns:
        with herself.seeing():
            said = {"channel": VIDEO, "granted": wanted == "yes", "source": SOURCE}
            record_consent(patient=herself.patient, **said, by=herself.by, at=herself.at)  # type: ignore[arg-type]
    return _answer("video", "saved" if wanted == "yes" else "video_ended")


@transaction.atomic
def _ask_for_a_call(herself: Herself) -> None:
    words = words_in(herself.patient.language).video_call_text
    reply = write(patient=herself.patient, text=words, by=herself.by, at=herself.at)
    take_replies(replies=[reply.pk], by=herself.by, at=herself.at)


def _time(told: str) -> time | None:
    return time.fromisoformat(told) if told else None


def _answer(part: str, said: str = "saved") -> HttpResponse:
    """Back to the part of the page where she was, which says how it went."""
    return to(f"{reverse('portal:preferences')}?at={part}&said={said}#{part}")
