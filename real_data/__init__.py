"""Verdicts of real judges and votes of real people, from files that a user has: converted, evaluated, and compared.

Beside the package: it uses the command `emoprefer` as a user would. Nothing of the files is part of this repository.
"""
