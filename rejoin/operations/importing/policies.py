"""The policy of a folder: versions that are not published yet, with the overlays they name."""

from collections.abc import Collection
from pathlib import Path

from rejoin.domain.kernel import Problem, Refusal
from rejoin.operations.importing.tally import Tally
from rejoin.policies.loading import find_overlay, line_of, load_documents, read_versions, split_documents
from rejoin.programs.actions import publish_policy
from rejoin.programs.actions.policies import Findings
from rejoin.programs.models import PolicyVersion

NAME = "policy.yaml"


def bring_policy(folder: Path, tally: Tally, *, accept: Collection[str]) -> None:
    """Publish what policy.yaml has and the program has not. A version that says something else is refused."""
    path = folder / NAME
    if not path.is_file():
        return
    published = {each.version: each for each in PolicyVersion.objects.filter(program=tally.program)}
    documents = load_documents(path, name=NAME)
    texts = split_documents(path.read_text(encoding="utf-8-sig"))
    if len(documents) != len(texts):
        tally.complain(NAME, 1, "document", "has an empty document among its versions: take it out")
        return
    for document, text in zip(documents, texts, strict=True):
        overlays = _overlays(document.get("overlays") or (), folder)
        number = read_versions(text, overlays)[0][0].version
        if number not in published:
            _publish(document, text, overlays, accept, tally)
        elif published[number].text != text or not overlays.items() <= published[number].overlays.items():
            message = f"{number} is published with other words: give the new ones a number of their own"
            tally.complain(NAME, line_of(document, ("version",)), "version", message)


def _overlays(names: Collection[str], folder: Path) -> dict[str, str]:
    """The texts of the overlays that lie in the folder; those that ship are found where they are."""
    found = {name: find_overlay(name, beside=folder) for name in names}
    return {name: path.read_text(encoding="utf-8-sig") for name, path in found.items() if path is not None}


def _publish(
    document: object, text: str, overlays: dict[str, str], accept: Collection[str], tally: Tally
) -> None:
    try:
        publish_policy(
            program=tally.program, text=text, overlays=overlays, accept=accept, by=tally.by, at=tally.at
        )
    except Findings as refusal:
        tally.problems += [
            Problem(
                file=NAME,
                line=line_of(document, tuple(each.field.split("."))),
                field=each.field,
                message=f"{each.text} [{each.code}]: to answer for it, --accept {each.code}",
            )
            for each in refusal.findings
        ]
    except Refusal as refusal:
        tally.complain(NAME, line_of(document, ("version",)), "version", refusal.message)
    else:
        tally.count("programs.publish_policy", 1)
