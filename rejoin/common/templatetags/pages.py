"""What pages tell of times, and how a form's field is written. Every template has these without asking for them."""

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import template
from django.forms import BoundField
from django.template import Context
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django_cotton.templatetags import Attrs

register = template.Library()

SOON: Final = timedelta(hours=1)
"""What is due within it is marked. The same in static/js/clock.js, as are the words below."""


@register.simple_tag(takes_context=True)
def clock(
    context: Context,
    at: datetime | None,
    *,
    due: object = False,
    zone: str | tzinfo = "",
    now: datetime | None = None,
) -> SafeString | str:
    """An instant as `<time>`: when, and how long ago or until then; with `due`, whether it is overdue.

    `now` and `zone` are the page's (`frame`) unless they are given.
    """
    if not at:
        return ""
    frame = context.get("frame")
    shown_now = now or (frame.now if frame else timezone.now())
    lateness = _lateness(at, shown_now) if due else ""
    look = f"clock is-{lateness}" if lateness else "clock"
    words = told_due(at, shown_now) if due else told_ago(at, shown_now)
    return mark_safe(  # noqa: S308 - our own words and figures; there may be hundreds on a page
        f'<time class="{look}" datetime="{at.isoformat()}" data-clock="{"due" if due else "when"}">'
        f'<span>{_on_whose_wall(at, shown_now, zone, frame)}</span> <span class="ago">{words}</span></time>'
    )


@register.simple_tag(takes_context=True)
def when(
    context: Context, at: datetime | None, *, zone: str | tzinfo = "", now: datetime | None = None
) -> SafeString | str:
    """An instant as `<time>` without how long ago."""
    if not at:
        return ""
    frame = context.get("frame")
    shown_now = now or (frame.now if frame else timezone.now())
    words = _on_whose_wall(at, shown_now, zone, frame)
    return mark_safe(f'<time class="nowrap" datetime="{at.isoformat()}">{words}</time>')  # noqa: S308 - our own words


@register.simple_tag
def widget(bound: BoundField, hint: str = "", error: bool = False) -> SafeString:
    """A form's field as HTML, described by its hint and then its error."""
    ids = [
        f"{bound.auto_id}_{end}"
        for end, there in (("helptext", hint or bound.help_text), ("error", error or bound.errors))
        if there
    ]
    return bound.as_widget(attrs={"aria-describedby": " ".join(ids)} if ids else {})


@register.simple_tag
def attributes(given: Mapping[str, object]) -> SafeString:
    """What else a component was given, as attributes of its element: escaped, which `{{ attrs }}` is not."""
    shown = given.attrs_dict() if isinstance(given, Attrs) else given
    return mark_safe(  # noqa: S308 - escaped one by one
        "".join(
            format_html(" {}", name) if value is True else format_html(' {}="{}"', name, value)
            for name, value in shown.items()
            if value is not False and value is not None
        )
    )


@register.simple_tag
def share(part: float, whole: float) -> str:
    """`part` of `whole` in percent, from 0 to 100, for the bar of a meter."""
    return f"{min(max(part / whole, 0), 1) * 100 if whole else 0:.1f}"


def told_when(at: datetime, now: datetime, zone: tzinfo) -> str:
    """ "18:05" today, "Mon 5 Oct 18:05" on another day, with the year when it is another."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    if local.date() == today:
        return f"{local:%H:%M}"
    year = "" if local.year == today.year else f" {local.year}"
    return f"{local:%a} {local.day} {local:%b}{year} {local:%H:%M}"


def told_ago(at: datetime, now: datetime) -> str:
    if abs(at - now) < timedelta(minutes=1):
        return "now"
    return f"in {told_for(at - now)}" if at > now else f"{told_for(now - at)} ago"


def told_due(at: datetime, now: datetime) -> str:
    if abs(at - now) < timedelta(minutes=1):
        return "due now"
    return f"due in {told_for(at - now)}" if at > now else f"overdue by {told_for(now - at)}"


@register.filter
def told_for(length: timedelta) -> str:
    """ "12 min", "1 h 25 min", "7 h", "3 days": as exact as it matters."""
    minutes = int(length.total_seconds() // 60)
    hours, days = minutes // 60, minutes // 1440
    if minutes < 60:
        return f"{minutes} min"
    if hours < 3 and minutes % 60:
        return f"{hours} h {minutes % 60} min"
    if hours < 48:
        return f"{hours} h"
    return f"{days} days"


def _lateness(at: datetime, now: datetime) -> str:
    if at <= now:
        return "late"
    return "soon" if at - now <= SOON else ""


def _on_whose_wall(at: datetime, now: datetime, given: str | tzinfo, frame: Any) -> str:
    """When, and the zone beside it where that is not the page's own: nobody takes one wall's time for another's."""
    zone = _zone(given, frame)
    named = f" {at.astimezone(zone):%Z}" if given and str(zone) != str(_zone("", frame)) else ""
    return f"{told_when(at, now, zone)}{named}"


def _zone(given: str | tzinfo, frame: Any) -> tzinfo:
    if given:
        return ZoneInfo(given) if isinstance(given, str) else given
    return (frame.zone if frame else None) or timezone.get_current_timezone()
