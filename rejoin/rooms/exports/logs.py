"""Webhook logs: one vendor payload on each line, as the vendor posts it, in any order."""

import codecs
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from rejoin.rooms.exports import bigbluebutton_events, daily, janus, jitsi, livekit, zoom_events
from rejoin.rooms.exports.faults import NOT_JSON, Complaints, Fault, fault_of, refuse
from rejoin.rooms.exports.tracks import Mention, VendorLog
from rejoin.rooms.sightings import Context, Reading, RoomFile

# Often enough for a bar to move, and seldom enough to cost nothing.
_PROGRESS_STEP = 256 * 1024


class _Envelope(msgspec.Struct, rename={"created_at": "createdAt"}):
    """Just enough of a payload to tell whose it is."""

    event: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    event_name: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    payload: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    event_ts: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    type: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    timestamp: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    created_at: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    room: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    participant: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    data: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


_envelope = msgspec.json.Decoder(_Envelope)
_envelopes = msgspec.json.Decoder(list[msgspec.Raw])
# A line may hold one payload or a list of them; Janus groups its events into lists.
# Lax: whole numbers may come as text, as protobuf's JSON writes them.
_DECODERS: dict[str, msgspec.json.Decoder[Any]] = {
    "livekit": msgspec.json.Decoder(livekit.Event | list[livekit.Event], strict=False),
    "zoom": msgspec.json.Decoder(zoom_events.Event | list[zoom_events.Event], strict=False),
    "jitsi": msgspec.json.Decoder(jitsi.Event | list[jitsi.Event], strict=False),
    "janus": msgspec.json.Decoder(janus.Event | list[janus.Event], strict=False),
    "bigbluebutton": msgspec.json.Decoder(
        bigbluebutton_events.Event | list[bigbluebutton_events.Event], strict=False
    ),
    "daily": msgspec.json.Decoder(daily.Event | list[daily.Event], strict=False),
}


def vendor_of(raw: bytes) -> str | None:
    """Whose payload a JSON object is; None for nobody's that we know."""
    envelope = _envelope.decode(raw)
    if envelope.event_name is not msgspec.UNSET:
        return "jitsi" if bytes(envelope.event_name).startswith(b'"muc-') else None
    if envelope.type is not msgspec.UNSET and envelope.timestamp is not msgspec.UNSET:
        return "janus"
    if envelope.data is not msgspec.UNSET and envelope.event is msgspec.UNSET:
        return "bigbluebutton" if b'"event"' in bytes(envelope.data) else None
    if envelope.event is msgspec.UNSET:
        return "daily" if _is_named(envelope.type) and envelope.payload is not msgspec.UNSET else None
    return _vendor_of_named(envelope) if _is_named(envelope.event) else None


def _vendor_of_named(envelope: _Envelope) -> str | None:
    if envelope.payload is not msgspec.UNSET or envelope.event_ts is not msgspec.UNSET:
        return "zoom"
    # What is left has a name like Zoom's events, and LiveKit's fields beside it.
    told = (envelope.created_at, envelope.room, envelope.participant)
    return None if all(part is msgspec.UNSET for part in told) else "livekit"


def _is_named(told: msgspec.Raw | msgspec.UnsetType) -> bool:
    return told is not msgspec.UNSET and bytes(told).startswith(b'"')


def is_payload(line: bytes) -> bool:
    """Whether a line is, whole and by itself, a payload or a list that begins with one."""
    try:
        if line[:1] != b"[":
            return line[:1] == b"{" and vendor_of(line) is not None
        listed = _envelopes.decode(line)
        return bool(listed) and vendor_of(bytes(listed[0])) is not None
    except NOT_JSON:
        return False


def _new_log(vendor: str, context: Context) -> VendorLog:
    if vendor == "zoom":
        return zoom_events.ZoomLog(context.zone)
    makers: dict[str, Callable[[], VendorLog]] = {
        "livekit": livekit.LiveKitLog,
        "jitsi": jitsi.JitsiLog,
        "janus": janus.JanusLog,
        "bigbluebutton": bigbluebutton_events.BigBlueButtonLog,
        "daily": daily.DailyLog,
    }
    return makers[vendor]()


class _Desk:
    """Hands each payload to the log of the vendor that posted it."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._logs: dict[str, VendorLog] = {}

    def log_of(self, vendor: str) -> VendorLog:
        if vendor not in self._logs:
            self._logs[vendor] = _new_log(vendor, self._context)
        return self._logs[vendor]

    def take_unfamiliar(self, raw: bytes, line: int) -> str | None:
        """Take a line that is not of the vendor before; tells whose the next is likely to be."""
        if raw[:1] == b"[":
            last = None
            for piece in _envelopes.decode(raw):
                last = self.take_unfamiliar(bytes(piece), line) or last
            return last
        vendor, event = _decode_unfamiliar(raw)
        if event is not None:
            self.log_of(vendor).take(event, line)
        return vendor

    def room_file(self, file: str) -> RoomFile:
        # By name and not by first appearance: a shuffled log must read the same.
        logs = sorted(self._logs.values(), key=lambda log: log.name)
        folded = [log.finish() for log in logs]
        reading = Reading(
            label="",
            sightings=[sighting for part in folded for sighting in part.sightings]
            if len(folded) > 1
            else (folded[0].sightings if folded else ()),
            meetings=[meeting for part in folded for meeting in part.meetings],
            moments=[moment for part in folded for moment in part.moments],
        )
        return RoomFile(
            file=file,
            format=" and ".join(log.name for log in logs),
            provider=logs[0].provider if len(logs) == 1 else "mixed",
            readings=(reading,),
        )


def _decode_unfamiliar(raw: bytes) -> tuple[str, Any]:
    """Whose event it is, and the event; None for one that tells nothing of people."""
    vendor = vendor_of(raw)
    if vendor is None:
        raise Fault("is not an event of LiveKit, Zoom, Jitsi, Janus, BigBlueButton or Daily", field="event")
    try:
        return vendor, _DECODERS[vendor].decode(raw)
    except msgspec.ValidationError:
        # The events of Janus that tell nothing of people have shapes of their own.
        if vendor == "janus" and not _tells_of_people(raw):
            return vendor, None
        raise


class _Typed(msgspec.Struct):
    type: int


def _tells_of_people(raw: bytes) -> bool:
    return msgspec.json.decode(raw, type=_Typed).type in (janus.OF_HANDLE, janus.OF_PLUGIN, janus.OF_CORE)


def read_log(
    numbered: Iterable[tuple[int, bytes]],
    file: str,
    context: Context,
    on_progress: Callable[[int], None] | None = None,
) -> RoomFile:
    """Fold a log, given as its lines with their numbers."""
    desk, complaints = _Desk(context), Complaints(file)
    # A log is mostly of one vendor: its decoder is tried first, and its refusal asks whose line it is.
    decode: Callable[[bytes], Any] = _decode_nothing
    take: Callable[[Any, int], None] = _take_nothing
    consumed, due = 0, _PROGRESS_STEP
    for number, raw in numbered:
        consumed += len(raw)
        if consumed >= due:
            due = consumed + _PROGRESS_STEP
            if on_progress is not None:
                on_progress(consumed)
        try:
            event = decode(raw)
            if type(event) is list:
                for one in event:
                    take(one, number)
            else:
                take(event, number)
        except Fault as fault:
            complaints.add(number, fault.field, fault.message)
        except NOT_JSON:
            vendor = _take_unfamiliar(raw, number, desk, complaints)
            if vendor is not None:
                decode, take = _DECODERS[vendor].decode, desk.log_of(vendor).take
    complaints.settle()
    return desk.room_file(file)


def _take_unfamiliar(raw: bytes, number: int, desk: _Desk, complaints: Complaints) -> str | None:
    """Take a line that the decoder of the line before could not; blank lines are nothing."""
    text = raw.removeprefix(codecs.BOM_UTF8).strip()
    if not text:
        return None
    try:
        return desk.take_unfamiliar(text, number)
    except Fault as fault:
        complaints.add(number, fault.field, fault.message)
    except NOT_JSON as error:
        told = fault_of(error)
        complaints.add(number, told.field, told.message)
    return None


def _decode_nothing(_raw: bytes) -> object:
    raise msgspec.DecodeError


def _take_nothing(event: object, line: int) -> None:
    """Stands in until the first line tells whose log this is."""


def read_mentions(raw: bytes, *, vendor: str, name: str, context: Context) -> list[Mention]:
    """What one delivery of `vendor` speaks of; `Unreadable` unless all of it can be folded.

    What was read once is sure to be folded later, together with any other: each event is judged by itself.
    """
    log = _new_log(vendor, context)
    found: list[Mention] = []
    try:
        for event in _events_of(raw, vendor):
            log.take(event, 1)
            found += log.mentions(event)
    except Fault as fault:
        raise refuse(name, fault.message, line=max(fault.line, 1), field=fault.field or "file") from None
    except NOT_JSON as error:
        told = fault_of(error)
        raise refuse(name, told.message, field=told.field) from None
    return found


def _events_of(raw: bytes, vendor: str) -> list[Any]:
    """The events of a delivery, which has to be of `vendor`: a secret vouches for its owner alone."""
    try:
        event = _DECODERS[vendor].decode(raw)
    except NOT_JSON:
        pieces = _envelopes.decode(raw) if raw.lstrip()[:1] == b"[" else [raw]
        decoded = [_decode_unfamiliar(bytes(piece)) for piece in pieces]
        if any(whose != vendor for whose, _ in decoded):
            raise Fault("is of another vendor", field="event") from None
        return [event for _, event in decoded if event is not None]
    return event if type(event) is list else [event]
