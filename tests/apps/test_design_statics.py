"""Style sheets, fonts and scripts: small, compressed, kept for a year, and ours alone."""

import asyncio
import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.test import AsyncClient, Client

STATIC = Path(settings.STATICFILES_DIRS[0])
TEMPLATES = STATIC.parent / "templates"
STYLES = sorted((STATIC / "css").glob("*.css"))
OF_STAFF = {"demonstration.css", "makeups.css", "patients.css"}
"""Style sheets that no page of a patient names."""
SCRIPTS = sorted((STATIC / "js").glob("*.js"))
ROOM_SCRIPTS = sorted((STATIC / "js/room").glob("*.js"))
"""Of one page: what they weigh is measured there (tests/journeys/rooms)."""
PAGE_SCRIPTS = sorted(each for name in ("portal", "visits") for each in (STATIC / "js" / name).glob("*.js"))
"""Of one page each."""
# In markup: what the Content-Security-Policy would stop.
INLINE = re.compile(r"<style|\sstyle=|\son[a-z]+=[\"']|javascript:|<script(?![^>]*\ssrc=)", re.IGNORECASE)
ELSEWHERE = re.compile(r"(?:src|href)=[\"']?(?:https?:)?//|@import|url\([\"']?(?:https?:)?//", re.IGNORECASE)


def test_an_address_changes_with_the_content() -> None:
    address, version = static("css/tokens.css").split("?v=")
    assert address == "/static/css/tokens.css"
    assert re.fullmatch(r"[0-9a-f]{8}", version)
    assert version != static("css/base.css").split("?v=")[1]


def test_a_file_that_is_not_there_has_no_address() -> None:
    with pytest.raises(FileNotFoundError, match=r"no static file css/nothing\.css"):
        static("css/nothing.css")


def test_what_is_asked_for_by_its_version_is_kept_for_a_year() -> None:
    answer = Client().get(static("css/tokens.css"))
    assert answer.content == (STATIC / "css/tokens.css").read_bytes()
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Type"].startswith("text/css")
    assert answer.headers["Content-Length"] == str(len(answer.content))


def test_a_module_that_another_imports_is_asked_for_again_and_not_sent_again() -> None:
    first = Client().get("/static/js/regions.js")
    assert first.headers["Cache-Control"] == "no-cache"
    again = Client().get("/static/js/regions.js", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert not again.content


def test_a_font_is_kept_for_a_year_under_its_own_name() -> None:
    answer = Client().get(
        "/static/fonts/source-sans-3-latin-wght-normal.woff2", headers={"Accept-Encoding": "gzip"}
    )
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Content-Encoding" not in answer.headers


def test_text_goes_out_compressed_to_whoever_can_read_it() -> None:
    answer = Client().get(static("css/components.css"), headers={"Accept-Encoding": "gzip, br"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert gzip.decompress(answer.content) == (STATIC / "css/components.css").read_bytes()
    assert answer.headers["Content-Length"] == str(len(answer.content))


def test_the_head_of_a_file_has_no_body() -> None:
    answer = Client().head(static("css/tokens.css"))
    assert not answer.content
    assert int(answer.headers["Content-Length"]) == len((STATIC / "css/tokens.css").read_bytes())


def test_files_are_served_where_requests_are_answered_later() -> None:
    answer = asyncio.run(AsyncClient().get(static("js/live.js")))
    assert answer.content == (STATIC / "js/live.js").read_bytes()


def test_nothing_outside_of_the_folder_is_served() -> None:
    for address in ("/static/../config/settings.py", "/static/%2e%2e/config/settings.py", "/static/css/"):
        assert Client().get(address).status_code == 404


def test_a_patients_phone_loads_little() -> None:
    styles = b"".join(gzip.compress(each.read_bytes()) for each in STYLES if each.name not in OF_STAFF)
    scripts = b"".join(gzip.compress(each.read_bytes()) for each in SCRIPTS)
    assert len(styles) < 20_000
    assert len(scripts) < 12_000


@pytest.mark.parametrize("script", [*SCRIPTS, *ROOM_SCRIPTS, *PAGE_SCRIPTS], ids=lambda each: each.name)
def test_a_script_is_one_behaviour(script: Path) -> None:
    lines = script.read_text().splitlines()
    assert lines[0].startswith("// ")
    assert len(lines) < 120


def test_scripts_of_others_lie_beside_their_licences_unchanged() -> None:
    """As the packages hold them: who changes one changes what was looked at."""
    vendor = STATIC / "vendor"
    told = (vendor / "NOTICE.txt").read_text()
    for script, licence in (("janus.es.js", "janus-gateway"), ("adapter.js", "webrtc-adapter")):
        assert script in told
        assert f"LICENSE-{licence}.txt" in told
        assert (vendor / f"LICENSE-{licence}.txt").read_text().strip()
    assert {each.name for each in vendor.glob("*.js")} == {"janus.es.js", "adapter.js"}


def test_the_licence_lies_beside_the_font() -> None:
    fonts = list((STATIC / "fonts").glob("*.woff2"))
    assert fonts
    assert "SIL Open Font License" in (STATIC / "fonts/LICENSE-source-sans-3.txt").read_text()
    named = (STATIC / "css/tokens.css").read_text()
    assert all(each.name in named for each in fonts)
    assert finders.find(f"fonts/{fonts[0].name}")


@pytest.mark.parametrize(
    "template", sorted(TEMPLATES.rglob("*.html")), ids=lambda each: str(each.relative_to(TEMPLATES))
)
def test_a_template_holds_nothing_inline_and_nothing_from_elsewhere(template: Path) -> None:
    text = template.read_text()
    assert INLINE.findall(text) == []
    assert ELSEWHERE.findall(text) == []


@pytest.mark.parametrize("sheet", STYLES, ids=lambda each: each.name)
def test_a_style_sheet_asks_nobody_else(sheet: Path) -> None:
    assert ELSEWHERE.findall(sheet.read_text()) == []
