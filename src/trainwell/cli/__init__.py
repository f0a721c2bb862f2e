"""The command line: parse, call, show; no logic.

Heavy libraries are imported inside the commands, so that help is quick.
"""

from trainwell.cli.app import app


def main() -> None:
    """Run the command line."""
    app()


__all__ = ["app", "main"]
