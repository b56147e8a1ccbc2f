"""What components write: labels, hints and errors in order, tied to their fields; nothing a person wrote as markup."""

import re
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.template import engines
from django.test import RequestFactory
from django_cotton.compiler_regex import CottonCompiler

from rejoin.console.frame import Frame

COMPONENTS = sorted((Path(settings.STATICFILES_DIRS[0]).parent / "templates/cotton").glob("*.html"))


class Call(forms.Form):
    number = forms.CharField(label="Phone number", help_text="With the area code.")
    note = forms.CharField(label="Note", required=False)
    reached = forms.ChoiceField(
        label="Reached", choices=[("yes", "Yes"), ("no", "No")], widget=forms.RadioSelect
    )
    told = forms.BooleanField(label="She was told")
    case = forms.CharField(widget=forms.HiddenInput, required=False)


def show(
    source: str, address: str = "/worklist/?sort=due&page=3", method: str = "get", **context: Any
) -> str:
    request = getattr(RequestFactory(), method)(
        address, **({"data": {"back": "/cases/"}} if method == "post" else {})
    )
    template = engines["django"].from_string(CottonCompiler().process(source))
    found: str = template.render({"frame": Frame(request), **context}, request)
    return re.sub(r"\s+", " ", found).strip()


def test_a_field_is_label_hint_error_and_then_itself() -> None:
    shown = show('<c-field :bound="form.number" />', form=Call({"number": ""}))
    order = [
        shown.index(each) for each in ("<label", "With the area code.", "This field is required.", "<input")
    ]
    assert order == sorted(order)
    assert 'aria-describedby="id_number_helptext id_number_error"' in shown
    assert 'aria-invalid="true"' in shown
    for id_ in ("id_number_helptext", "id_number_error", "id_number"):
        assert shown.count(f'id="{id_}"') == 1


def test_a_field_that_may_be_left_out_says_so_but_not_in_a_filter() -> None:
    assert "(optional)" in show('<c-field :bound="form.note" />', form=Call())
    assert "(optional)" not in show('<c-field :bound="form.note" bare />', form=Call())


def test_a_hint_of_the_page_is_tied_to_the_field_as_well() -> None:
    shown = show('<c-field :bound="form.note" hint="For the team." />', form=Call())
    assert 'aria-describedby="id_note_helptext"' in shown
    assert 'id="id_note_helptext">For the team.' in shown


def test_choices_are_a_group_with_a_name() -> None:
    shown = show('<c-field :bound="form.reached" />', form=Call({}))
    assert shown.startswith('<fieldset class="field has-error" aria-describedby=" id_reached_error">')
    assert "<legend>Reached</legend>" in shown
    assert shown.count('type="radio"') == 2


def test_a_single_tick_has_its_words_behind_it() -> None:
    shown = show('<c-field :bound="form.told" />', form=Call({}))
    assert shown.index("<input") < shown.index("She was told")
    assert 'id="id_told_error"' in shown


@pytest.mark.parametrize(
    "field",
    [
        '<c-field label="Minutes" name="m" hint="Whole." error="Too many." />',
        '<c-select label="Owner" name="m" hint="Whole." error="Too many." :options="options" />',
        '<c-textarea label="Words" name="m" hint="Whole." error="Too many." />',
        '<c-radios label="How" name="m" hint="Whole." error="Too many." :options="options" />',
        '<c-checkboxes label="How" name="m" hint="Whole." error="Too many." :options="options" />',
        '<c-checkbox label="Read" name="m" hint="Whole." error="Too many." />',
        '<c-date label="Day" name="m" hint="Whole." error="Too many." />',
        '<c-time label="At" name="m" hint="Whole." error="Too many." />',
    ],
)
def test_every_field_without_a_form_is_tied_to_its_hint_and_error(field: str) -> None:
    shown = show(field, options=[("ben", "ben"), ("cleo", "cleo")])
    assert 'aria-describedby="m_helptext m_error"' in shown
    assert 'id="m_helptext"' in shown
    assert 'id="m_error"' in shown
    assert "Error: " in shown


def test_every_link_of_the_summary_leads_to_something_that_is_there() -> None:
    form = Call({"number": ""})
    form.add_error(None, "Nothing was recorded.")
    fields = "".join(f'<c-field :bound="form.{each}" />' for each in ("number", "note", "reached", "told"))
    shown = show(f'<c-form :form="form">{fields}</c-form>', form=form)
    links = re.findall(r'href="#([^"]+)"', shown)
    assert links == ["id_number", "id_reached_0", "id_told"]
    assert all(f'id="{each}"' in shown for each in links)
    assert "<li>Nothing was recorded.</li>" in shown
    assert 'role="alert"' in shown


def test_a_form_that_is_sent_has_its_token_and_knows_the_way_back() -> None:
    shown = show('<c-form action="/x" back unsaved></c-form>')
    assert 'name="csrfmiddlewaretoken"' in shown
    assert 'name="back" value="/worklist/?sort=due&amp;page=3"' in shown
    assert "data-unsaved" in shown
    assert 'type="hidden" name="case"' in show('<c-form :form="form"></c-form>', form=Call())


def test_a_form_shown_again_keeps_the_way_back_it_was_sent_with() -> None:
    assert 'name="back" value="/cases/"' in show("<c-form back></c-form>", method="post")


def test_a_filter_changes_nothing_and_has_no_token() -> None:
    shown = show('<c-form method="get" filter></c-form>')
    assert "csrfmiddlewaretoken" not in shown
    assert "data-filter" in shown


def test_the_head_of_a_column_keeps_what_else_the_address_says() -> None:
    shown = show(
        '<c-sort by="due" :current="sort">Due</c-sort><c-sort by="name" :current="sort">Name</c-sort>',
        sort="due",
    )
    assert 'aria-sort="ascending"><a href="?sort=-due">' in shown
    assert '<a href="?sort=name">' in shown
    assert 'aria-sort="descending"' in show('<c-sort by="due" :current="sort">Due</c-sort>', sort="-due")


def test_pages_of_a_list_keep_its_order() -> None:
    shown = show('<c-paging :page="page" />', page=Paginator(range(100), 20).page(3))
    assert "?sort=due&amp;page=2" in shown
    assert "Page 3 of 5" in shown
    assert show('<c-paging :page="page" />', page=Paginator(range(3), 20).page(1)) == ""


def test_a_component_sees_what_it_is_given_and_not_the_page() -> None:
    assert "hint" not in show('<c-field label="Minutes" name="m" />', hint="of the page", error="of the page")


def test_words_of_people_are_never_markup() -> None:
    said = '<img src=x onerror="alert(1)">'
    for each in (
        '<c-note :by="said">{{ said }}</c-note>',
        '<c-person :name="said" :ref="said" />',
        '<c-event :title="said" :by="said">{{ said }}</c-event>',
        '<c-field label="Words" name="w" :value="said" :hint="said" :error="said" />',
        '<c-banner :title="said">{{ said }}</c-banner>',
        '<c-policy-text :lines="lines" :label="said" />',
        '<c-strip :cells="cells" :label="said" />',
        '<c-card :title="said" :data-x="said">{{ said }}</c-card>',
        '<c-button :aria-label="both" data-x="{{ said }}">{{ said }}</c-button>',
    ):
        cells = [{"status": "missed", "word": said, "day": said}]
        shown = show(each, said=said, both=f"'{said}", lines=[said], cells=cells)
        assert "<img" not in shown, each
        assert 'onerror="' not in shown, each


def test_attributes_that_are_not_so_are_left_out() -> None:
    shown = show(
        '<c-button disabled :hidden="no" :data-x="nothing" name="go">Go</c-button>', no=False, nothing=None
    )
    assert shown == '<button type="submit" class="button" disabled name="go">Go</button>'
    assert "data-y" in show('<c-button :attrs="more">Go</c-button>', more={"data-y": "1"})


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda each: each.stem)
def test_a_component_writes_no_attribute_unescaped(component: Path) -> None:
    assert "{{ attrs" not in component.read_text()


def test_a_meter_says_what_its_bar_shows() -> None:
    shown = show('<c-meter label="Hours" :value="7.5" :least="9" :most="12" unit="hours" />')
    assert "7.5 of at least 9 hours" in shown
    assert 'width="62.5%"' in shown
    assert "is-short" in shown
    assert "style=" not in shown


def test_progress_that_nobody_knows_claims_no_share() -> None:
    assert "value=" not in show('<c-progress label="Counting" />')
    assert 'value="0" max="9"' in show('<c-progress label="Counting" :value="0" :most="9" />')
