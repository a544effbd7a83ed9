"""What went wrong, where, and what to do: the errors a person is meant to act on."""


class EmopreferError(Exception):
    """One line that names the file, row, column or key and the remedy. Shown without a traceback."""


class JudgeUnavailable(EmopreferError):
    """A judge that cannot answer here (no weights, no files). The other judges go on."""


class BudgetReached(EmopreferError):
    """The next judge call could cost more than the run may."""
