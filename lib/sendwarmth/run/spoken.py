"""Commands whose help is in the locales, in the language asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from sendwarmth.view.words import words


class _Spoken(click.Command):
    """A command whose help is in the language asked for."""

    def get_short_help_str(self, limit: int = 45) -> str:
        return words().say(f"cli.{self.name}.help").split("\n")[0]

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(words().say(f"cli.{self.name}.help"))

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        pieces = self.collect_usage_pieces(ctx)
        prefix = words().say("cli.usage") + " "
        formatter.write_usage(ctx.command_path, " ".join(pieces), prefix)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        options = [p for p in self.get_params(ctx) if isinstance(p, click.Option)]
        rows = [row for row in (p.get_help_record(ctx) for p in options) if row]
        with formatter.section(words().say("cli.options")):
            formatter.write_dl(rows)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        own = super().get_help_option(ctx)
        if own is not None:
            own.help = words().say("cli.help")
        return own


class Command(_Spoken):
    """A command whose help is in the locales."""


class Group(_Spoken, click.Group):
    """A group whose help is in the locales."""

    command_class = Command

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands below the options, in the order they are told in."""
        super().format_options(ctx, formatter)
        commands = [(name, command.get_short_help_str()) for name, command in self.commands.items()]
        with formatter.section(words().say("cli.commands")):
            formatter.write_dl(commands)


class Option(click.Option):
    """An option whose help is in the locales."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return name and help."""
        self.help = words().say(f"cli.option.{self.name}")
        return super().get_help_record(ctx)


def option(*names: str, **settings: Any) -> Callable[..., Any]:
    """Return a decorator for an option whose help is in the locales."""
    return click.option(*names, cls=Option, **settings)
