"""What went wrong, where, and what to do: the errors a person is meant to act on."""


class EmopreferError(Exception):
    """One line that names the file, row, column or key and the remedy. Shown without a traceback.

    What it quotes may come from anybody: what a terminal would obey is written as an escape.
    """

    def __init__(self, message: str) -> None:
        super().__init__("".join(_shown(character) for character in message))


def _shown(character: str) -> str:
    if character.isprintable() or character == "\n":
        return character
    return character.encode("unicode_escape").decode()


class JudgeUnavailable(EmopreferError):
    """A judge that cannot answer here (no weights, no files). The other judges go on."""


class BudgetReached(EmopreferError):
    """The next judge call could cost more than the run may."""
