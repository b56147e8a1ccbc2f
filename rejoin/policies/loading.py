"""Policy documents: YAML read with the line of every key, overlays found beside them or among ours."""

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from rejoin.domain.kernel import Problem
from rejoin.domain.policy import (
    InvalidPolicy,
    Overlay,
    Policy,
    PolicyBook,
    make_book,
    read_overlay,
    read_policy,
)
from rejoin.domain.policy.fields import Path as KeyPath

SHIPPED = Path(__file__).resolve().parent
DOCUMENT_MARK = re.compile(r"^(?:---|\.\.\.)(?=\s|$)", re.MULTILINE)
LARGEST_POLICY = 200_000
DEEPEST = 20
MOST_VALUES = 10_000
Version = tuple[Policy, tuple[Overlay, ...]]


class PolicyFileError(Exception):
    """A policy file that cannot be used, with every problem found in it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(str(problem) for problem in self.problems))


def load_policy(path: Path, *, name: str) -> Policy:
    """The one policy in a file, its overlays not yet laid over it."""
    return _read_as_policy(_only(load_documents(path, name=name), name), name)


def load_book(path: Path, *, name: str) -> PolicyBook:
    """The versions of a program's policy in one file (several YAML documents), with their overlays."""

    def find(overlay: str) -> Overlay:
        return load_overlay(overlay, beside=path.parent)

    return _checked_book(_read_versions(load_documents(path, name=name), find, name), name)


def book_from_texts(
    versions: Iterable[tuple[str, Mapping[str, str]]], *, name: str = "policy.yaml"
) -> PolicyBook:
    """The book of versions given as text, each with the texts of its overlays by the name it calls them."""
    read = [each for text, overlays in versions for each in read_versions(text, overlays, name=name)]
    return _checked_book(read, name)


def read_versions(text: str, overlays: Mapping[str, str], *, name: str = "policy.yaml") -> list[Version]:
    """The versions in a text, each with the overlays it names: given ones, or those that ship."""
    return _read_versions(read_documents(text.encode(), name=name), _finder(overlays, name), name)


def overlay_texts(names: Iterable[str], *, given: Mapping[str, str]) -> dict[str, str]:
    """The texts of the named overlays: the given ones, or those that ship. Kept beside a published policy."""
    found = {}
    for each in names:
        path = _shipped(each)
        if each in given:
            found[each] = given[each]
        elif path is not None:
            found[each] = path.read_text(encoding="utf-8")
        else:
            raise _missing_overlay(each, "policy.yaml")
    return found


def split_documents(text: str) -> list[str]:
    """The text of each YAML document by itself. A mark in the first column is never part of one."""
    parts = DOCUMENT_MARK.split(text)
    return [part.strip("\n") + "\n" for part in parts if _says_something(part)]


def _says_something(part: str) -> bool:
    lines = (line.strip() for line in part.splitlines())
    return any(line and not line.startswith(("#", "%")) for line in lines)


def _read_versions(documents: Iterable[Any], find: Callable[[str], Overlay], name: str) -> list[Version]:
    policies = [_read_as_policy(document, name) for document in documents]
    return [(policy, tuple(find(each) for each in policy.overlays)) for policy in policies]


def _checked_book(versions: list[Version], name: str) -> PolicyBook:
    """One program, one zone, and overlays that fit."""
    ids = {policy.id for policy, _ in versions}
    if len(ids) > 1:
        raise PolicyFileError([Problem(file=name, line=1, field="id", message=f"differs: {sorted(ids)}")])
    if len({policy.timezone.key for policy, _ in versions}) > 1:
        message = "differs between versions: one program has one zone"
        raise PolicyFileError([Problem(file=name, line=1, field="timezone", message=message)])
    try:
        return make_book(versions)
    except InvalidPolicy as invalid:
        raise PolicyFileError(
            Problem(file=name, line=1, field=f"overlays: {each.field}", message=each.message)
            for each in invalid.problems
        ) from None


def _finder(overlays: Mapping[str, str], name: str) -> Callable[[str], Overlay]:
    def find(overlay: str) -> Overlay:
        if overlay in overlays:
            return _read_as_overlay(read_documents(overlays[overlay].encode(), name=overlay), overlay)
        path = _shipped(overlay)
        if path is None:
            raise _missing_overlay(overlay, name)
        return _read_as_overlay(load_documents(path, name=overlay), overlay)

    return find


def is_overlay(document: Any) -> bool:
    """Whether a document is meant to be laid over a policy: it cannot stand by itself."""
    if not isinstance(document, dict) or {"presence", "outreach", "timezone"} & set(document):
        return False
    return bool({"triggers", "requirements", "excuse", "hours", "makeup"} & set(document))


def load_overlay(overlay: str, *, beside: Path) -> Overlay:
    """The overlay a policy names: a file beside it, or one that ships with the product."""
    path = find_overlay(overlay, beside=beside)
    if path is None:
        raise _missing_overlay(overlay, "policy.yaml")
    return _read_as_overlay(load_documents(path, name=overlay), overlay)


def find_overlay(overlay: str, *, beside: Path) -> Path | None:
    """Where the overlay is that a policy in `beside` names."""
    return _inside(beside, overlay) or _shipped(overlay)


def _shipped(overlay: str) -> Path | None:
    return _inside(SHIPPED, overlay)


def _inside(folder: Path, overlay: str) -> Path | None:
    path = (folder / overlay).resolve()
    return path if path.is_relative_to(folder.resolve()) and path.is_file() else None


def _missing_overlay(overlay: str, name: str) -> PolicyFileError:
    message = f"{overlay!r} is neither beside the policy nor shipped"
    return PolicyFileError([Problem(file=name, line=1, field="overlays", message=message)])


def _read_as_overlay(documents: list[Any], overlay: str) -> Overlay:
    document = _only(documents, overlay)
    try:
        return read_overlay(document)
    except InvalidPolicy as invalid:
        raise PolicyFileError(_located(invalid, document, overlay)) from None


def load_documents(path: Path, *, name: str) -> list[Any]:
    """The YAML documents of a file, as mappings that remember their lines."""
    return read_documents(path.read_bytes(), name=name)


def read_documents(raw: bytes, *, name: str) -> list[Any]:
    """The YAML documents in `raw`, as mappings that remember their lines."""
    if len(raw) > LARGEST_POLICY:
        raise PolicyFileError([Problem(file=name, line=1, field="document", message="is too large")])
    try:
        text = raw.decode("utf-8-sig")
        documents = list(YAML(typ="rt", pure=True).load_all(text))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise PolicyFileError(
            [Problem(file=name, line=line, field="encoding", message="is not UTF-8")]
        ) from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 1
        message = " ".join(str(error.problem or error.context or "is not YAML").split())
        raise PolicyFileError([Problem(file=name, line=line, field="yaml", message=message)]) from None
    except (YAMLError, ValueError, RecursionError, ArithmeticError) as error:
        message = "is not YAML: " + " ".join(str(error).split())
        raise PolicyFileError([Problem(file=name, line=1, field="yaml", message=message)]) from None
    documents = [document for document in documents if document is not None]
    if not documents:
        raise PolicyFileError([Problem(file=name, line=1, field="document", message="is empty")])
    if not all(_is_sane(document) for document in documents):
        raise PolicyFileError(
            [Problem(file=name, line=1, field="document", message="is too large or too deep")]
        )
    return documents


def line_of(document: Any, path: KeyPath) -> int:
    """The 1-based line of the key at `path`, or of the nearest key above it that is there.

    An item of a list is named by its place or by its id.
    """
    line = 1
    for part in path:
        place = _place_of(document, part)
        if place is None:
            break
        positions = document.lc.data or {}
        if place in positions:
            line = int(positions[place][0]) + 1
        document = document[place]
    return line


def _place_of(document: Any, part: str | int) -> str | int | None:
    if isinstance(document, CommentedMap):
        return part if part in document else None
    if not isinstance(document, CommentedSeq):
        return None
    if isinstance(part, int):
        return part if part < len(document) else None
    ids = [each.get("id") if isinstance(each, CommentedMap) else None for each in document]
    return ids.index(part) if part in ids else None


def _only(documents: list[Any], name: str) -> Any:
    if len(documents) > 1:
        message = "holds more than one document"
        raise PolicyFileError([Problem(file=name, line=1, field="document", message=message)])
    return documents[0]


def _read_as_policy(document: Any, name: str) -> Policy:
    try:
        return read_policy(document)
    except InvalidPolicy as invalid:
        raise PolicyFileError(_located(invalid, document, name)) from None


def _located(invalid: InvalidPolicy, document: Any, name: str) -> list[Problem]:
    found = [
        Problem(file=name, line=line_of(document, each.path), field=each.field, message=each.message)
        for each in invalid.problems
    ]
    return sorted(set(found))


def _is_sane(document: Any) -> bool:
    """Not nested too deep and not too large once its aliases are followed; an alias may name itself."""
    walked = 0
    left = [(document, 0)]
    while left:
        value, depth = left.pop()
        walked += 1
        if depth > DEEPEST or walked > MOST_VALUES:
            return False
        inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        left += [(each, depth + 1) for each in inside]
    return True
