"""`python -m emoprefer_assets.cli`."""

from emoprefer_assets.cli import main

main(prog_name="emoprefer")
