"""A choice of many: all who work in a program."""

from typing import Any

from django import forms
from django.forms.renderers import BaseRenderer
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


class LongSelect(forms.Select):
    """As Django's own, without groups. Its options are written at once: by a template each, they were half of a page."""

    def render(
        self,
        name: str,
        value: Any,
        attrs: dict[str, Any] | None = None,
        renderer: BaseRenderer | None = None,  # noqa: ARG002 - as all widgets
    ) -> SafeString:
        shown = self.get_context(name, value, attrs)["widget"]
        options = format_html_join(
            "\n",
            '<option value="{}"{}>{}</option>',
            (
                (each["value"], flatatt({"selected": each["selected"]}), each["label"])
                for _, group, _ in shown["optgroups"]
                for each in group
            ),
        )
        return format_html('<select name="{}"{}>{}</select>', shown["name"], flatatt(shown["attrs"]), options)
