"""Small rules of the house that no linter knows: words, names and places that must not appear."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

# Words that blame, beside the ones we use (GLOSSARY.md). Providers' own field names may hold some.
BLAMING = re.compile(r"\b(no[- ]shows?|DNA|non-?complian\w*|drop-?outs?)\b", re.IGNORECASE)
BLAMING_ALLOWED = ("tools/house_rules.py", "GLOSSARY.md", "docs/adr/", "tests/", "no_show_fee")
VAGUE_FILES = re.compile(r"(^|/)(utils?|helpers?|managers?|handlers?)(\.py|/)")
VAGUE_FUNCTIONS = re.compile(r"^_?(process|manage)_")
REGISTRIES = re.compile(r"https?://\S*(pypi|pythonhosted|npmjs)\S*")


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True)
    return [Path(each) for each in listed.stdout.splitlines() if Path(each).is_file()]


def vague_names(file: Path) -> Iterator[str]:
    if VAGUE_FILES.search(str(file)):
        yield f"{file}: a name that says nothing"
    if file.suffix != ".py":
        return
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.FunctionDef) and VAGUE_FUNCTIONS.match(node.name):
            yield f"{file}:{node.lineno}: {node.name}: a verb that says nothing"


def blaming_words(file: Path, text: str) -> Iterator[str]:
    if any(allowed in str(file) for allowed in BLAMING_ALLOWED) or file.parts[0] not in ("rejoin", "docs"):
        return
    for number, line in enumerate(text.splitlines(), 1):
        found = BLAMING.search(line)
        if found and "no_show_fee" not in line:
            yield f"{file}:{number}: {found.group()!r}: say missed (GLOSSARY.md)"


def registry_addresses(file: Path, text: str) -> Iterator[str]:
    if file.suffix not in (".txt", ".toml", ".lock"):
        return
    for number, line in enumerate(text.splitlines(), 1):
        if REGISTRIES.search(line):
            yield f"{file}:{number}: the address of a package index"


def undocumented_dependencies() -> Iterator[str]:
    """Every dependency in pyproject.toml has a sentence above it."""
    lines = Path("pyproject.toml").read_text().splitlines()
    start = lines.index("dependencies = [")
    end = lines.index("[tool.pytest.ini_options]")
    for number in range(start + 1, end):
        named = re.match(r'\s+"[a-z]', lines[number])
        if named and not lines[number - 1].strip().startswith("#"):
            yield f"pyproject.toml:{number + 1}: a dependency without a sentence on why"


def unmapped_folders() -> Iterator[str]:
    """MAP.md says of every package where it is."""
    text = Path("MAP.md").read_text()
    for init in Path("rejoin").rglob("__init__.py"):
        if init.parent.name != "migrations" and f"`{init.parent}/`" not in text:
            yield f"MAP.md: does not say what {init.parent}/ is"


def main() -> int:
    found: list[str] = [*undocumented_dependencies(), *unmapped_folders()]
    for file in tracked():
        found += vague_names(file)
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [*blaming_words(file, text), *registry_addresses(file, text)]
    for each in found:
        print(each)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
