"""From the bytes of an export to its text, whichever way it was encoded."""

import codecs

import charset_normalizer

from rejoin.rooms.exports.faults import Fault

# UTF-32 first: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

# Where office software still writes something else. A short list keeps the guess fast and sober.
_LEGACY = ["cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "mac_roman", "cp932", "cp949", "gb18030", "big5"]

_SAMPLE = 16 * 1024


def wide_encoding(raw: bytes) -> str | None:
    """The encoding that a mark or the pattern of NUL bytes gives away; None for one byte a letter."""
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return encoding
    sample = raw[:1024]
    if b"\0" not in sample or len(sample) < 4:
        return None
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    if odd > half * 0.4 and even < half * 0.1:
        return "utf-16-le"
    if even > half * 0.4 and odd < half * 0.1:
        return "utf-16-be"
    return None


def decode_text(raw: bytes) -> str:
    """The text of `raw`; a `Fault` when it is no text."""
    encoding = wide_encoding(raw) or "utf-8"
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8":
            raise Fault(f"is not valid {encoding}: {error.reason}", field="encoding") from None
    return _decode_legacy(raw)


def _decode_legacy(raw: bytes) -> str:
    """Text in an older encoding, guessed. Only names can suffer from a wrong guess."""
    if b"\0" in raw[:_SAMPLE]:
        raise Fault("is not text", field="encoding")
    guesses = charset_normalizer.from_bytes(raw[:_SAMPLE], cp_isolation=_LEGACY)
    best = guesses.best()
    if best is None:
        raise Fault("is not text in an encoding that we know", field="encoding")
    # Few accents fit many encodings equally well: then the more usual one, in the order of the list.
    equals = [guess.encoding for guess in guesses if guess.chaos == best.chaos]
    encoding = min(equals, key=_LEGACY.index)
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        raise Fault(f"is not valid {encoding}", field="encoding") from None
