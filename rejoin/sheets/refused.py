"""A folder that is not taken, and everything that is wrong in it."""

from collections.abc import Sequence

from rejoin.domain.kernel import Problem


def breaks_table(problem: Problem) -> bool:
    """Whether it is a whole file that could not be read: told first, since the rest may follow from it."""
    return (
        problem.field in ("file", "header", "encoding")
        or problem.message == "column is missing"
        or problem.message.startswith("is not readable CSV")
    )


class BadInput(Exception):
    """The folder is refused; one problem a line. `more` were found `where`, and are not listed."""

    def __init__(self, problems: Sequence[Problem], *, more: int = 0, where: str = "folder") -> None:
        told = sorted(set(problems), key=lambda each: (not breaks_table(each), each))
        if more:
            told.append(Problem(file=where, line=1, field="problems", message=f"{more} more are not listed"))
        self.problems = tuple(told)
        super().__init__("\n".join(str(problem) for problem in self.problems))
