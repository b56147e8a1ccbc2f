"""Prints the shape of our code beside the anchors': the tails are what to look at."""

import ast
import statistics
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ANCHORS = [
    ("healthchecks", "8 / 32 / 3.3%", "42 / 158", "1.38"),
    ("manage-breast-screening", "7 / 22 / 1.3%", "65 / 225", "1.89"),
    ("job-server", "9 / 33 / 4.3%", "72 / 307", "1.52"),
    ("ehrql", "7 / 27 / 3.0%", "151 / 472", "1.71"),
    ("procrastinate", "8 / 32 / 3.9%", "46 / 358", "1.36"),
    ("svcs", "9 / 26 / 1.1%", "62 / 308", "1.05"),
]
LONG_FUNCTION, LONG_FILE = 50, 400


@dataclass(frozen=True)
class Function:
    name: str
    file: str
    line: int
    length: int


def tracked(folder: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", f"{folder}/*.py"], capture_output=True, text=True, check=True)
    return [Path(each) for each in listed.stdout.split() if Path(each).is_file()]


def code_lines(file: Path) -> int:
    return sum(
        bool(line.strip()) and not line.lstrip().startswith("#") for line in file.read_text().splitlines()
    )


def functions(file: Path) -> Iterator[Function]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            yield Function(node.name, str(file), node.lineno, length)


def percentile(values: list[int], share: float) -> int:
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def main() -> None:
    ours, tests = tracked("rejoin"), tracked("tests")
    found = [each for file in ours for each in functions(file)]
    lengths = [each.length for each in found]
    files = {file: code_lines(file) for file in ours}
    sizes = [size for size in files.values() if size]
    long = sum(length > LONG_FUNCTION for length in lengths) / len(lengths)
    ratio = sum(code_lines(file) for file in tests) / sum(sizes)
    print(f"{'codebase':26} {'function median/p90/>50':26} {'file median/p90':18} tests per line")
    for name, function, file_size, test_ratio in ANCHORS:
        print(f"{name:26} {function:26} {file_size:18} {test_ratio}")
    function = f"{statistics.median(lengths):.0f} / {percentile(lengths, 0.9)} / {long:.1%}"
    file_size = f"{statistics.median(sizes):.0f} / {percentile(sizes, 0.9)}"
    print(f"{'rejoin':26} {function:26} {file_size:18} {ratio:.2f}")
    print("\nlongest functions:")
    for each in sorted(found, key=lambda function: -function.length)[:10]:
        print(f"  {each.length:4} {each.file}:{each.line} {each.name}")
    print("largest files:")
    for path, size in sorted(files.items(), key=lambda item: -item[1])[:10]:
        mark = " <- look" if size > LONG_FILE else ""
        print(f"  {size:4} {path}{mark}")


if __name__ == "__main__":
    main()
