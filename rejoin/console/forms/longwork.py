"""What people enter to bring a folder in, or to take one out."""

import re
from collections.abc import Iterable
from typing import Any, Final

from django import forms
from django.core.files.uploadedfile import UploadedFile

from rejoin.longwork.enclosures import NewFile
from rejoin.longwork.vocabulary import Part, Table
from rejoin.programs.models import Program

CODE: Final = re.compile(r"[a-z_]{1,40}")
MOST_FILES: Final = 40
TABLES: Final = {
    Table.ROSTER: "Patients and their places (roster.csv)",
    Table.SESSIONS: "Sessions and who is expected (sessions.csv)",
    Table.IDENTITIES: "Who is who in rooms (identities.csv)",
    Table.STAFF: "Staff, licences and roles (staff.csv)",
    Table.CONSENTS: "Consents (consents.csv)",
    Table.BIRTHS: "Birth dates (births.csv)",
    Table.GUARDIANS: "What guardians signed (guardians.csv)",
    Table.CLOSINGS: "To whom nothing is told (closings.csv)",
    Table.SERIES: "Sessions that recur (series.csv)",
    Table.POLICY: "The policy, all versions (policy.yaml)",
    Table.MEASURES: "Measures that were due, and what became of them (measures.csv)",
    Table.SCORES: "Scores (scores.csv)",
    Table.PROGRESS: "Scores and gaps by measure, for estimates elsewhere (progress/)",
    Table.ESTIMATES: "Estimates of losing contact (estimates.csv)",
}


class Uploads(forms.ClearableFileInput):
    """Several files in one field."""

    allow_multiple_selected = True


class UploadsField(forms.FileField):
    """One file or several."""

    def clean(self, data: Any, initial: Any = None) -> "list[UploadedFile[Any]]":
        files = (data if isinstance(data, list) else [data]) or [None]
        if len(files) > MOST_FILES:
            raise forms.ValidationError(f"Bring at most {MOST_FILES} files, or one archive.")
        if len({getattr(each, "name", "") for each in files}) < len(files):
            raise forms.ValidationError("Two of the files have the same name: bring each table once.")
        return [super(UploadsField, self).clean(each, initial) for each in files]


class ProgramForm(forms.Form):
    """Something about one of her programs."""

    program = forms.ChoiceField(label="Program", error_messages={"required": "Choose a program."})

    def __init__(self, *given: Any, programs: list[tuple[str, str]], **more: Any) -> None:
        super().__init__(*given, **more)
        self.fields["program"].choices = programs  # type: ignore[attr-defined]


class BringIn(ProgramForm):
    folder = UploadsField(
        label="The folder",
        help_text="One .zip of it, or its tables: roster.csv, sessions.csv and what else there is.",
        max_length=150,
        widget=Uploads(attrs={"accept": ".zip,.csv,.yaml,.yml"}),
        error_messages={
            "required": "Choose the folder's archive, or its tables.",
            "empty": "One of the files is empty.",
        },
    )
    accept = forms.CharField(
        label="Findings of the policy linter that you answer for",
        help_text="Codes with spaces between, as an import that was refused named them.",
        required=False,
        max_length=400,
    )

    def clean_accept(self) -> list[str]:
        codes = self.cleaned_data["accept"].replace(",", " ").split()
        wrong = [each for each in codes if not CODE.fullmatch(each)]
        if wrong:
            raise forms.ValidationError(f"{wrong[0]!r} is no code of a finding, such as zero_slack.")
        return sorted(set(codes))


class TakeOut(ProgramForm):
    table = forms.ChoiceField(
        label="What",
        required=False,
        choices=[("", "The whole folder"), *((key.value, words) for key, words in TABLES.items())],
        widget=forms.RadioSelect,
    )


def program_choices(programs: Iterable[Program]) -> list[tuple[str, str]]:
    return [(each.slug, each.name) for each in programs]


def as_files(uploads: "Iterable[UploadedFile[Any]]") -> list[NewFile]:
    """What was uploaded, to go along with what is asked for."""
    return [
        NewFile(
            part=Part.BROUGHT,
            name=each.name or "file",
            media_type="application/octet-stream",
            body=each.read(),
        )
        for each in uploads
    ]
