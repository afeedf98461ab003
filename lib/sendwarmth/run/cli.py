"""The command ``sendwarmth``: a thin skin; every word it says is in the locales."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import click

from sendwarmth.model.findings import Finding, SendWarmthError, nearest
from sendwarmth.run.project import PLANNER_NOTEBOOK, find_project
from sendwarmth.run.spoken import Group, option
from sendwarmth.view.words import LANGUAGES, choose_language, current_language, words

FINE, SOME_BAD, REFUSED, CANCELLED = 0, 1, 2, 130

language = option(
    "--language", type=click.Choice(LANGUAGES), expose_value=False, default=current_language
)
scenarios = click.argument("names", metavar="[SCENARIO]...", nargs=-1)


@click.group(cls=Group, name="sendwarmth", context_settings={"help_option_names": ["--help"]})
@language
def cli() -> None:
    """Hold the commands."""


@cli.command()
@scenarios
@option("--marked", default="", metavar="COPY.xlsx")
@language
def check(names: tuple[str, ...], marked: str) -> int:
    """Say what is wrong with tables and scenarios."""
    from sendwarmth.run.checking import check as check_all
    from sendwarmth.run.checking import mark
    from sendwarmth.run.siblings import naming

    project = find_project()
    checked = check_all(project, _known(names))
    say = words().say
    for title, found in [(say("cli.check.tables"), checked.tables), *checked.scenarios.items()]:
        click.echo(say("cli.check.fine" if not found else "cli.check.found", name=title))
        name = naming(project, title, current_language()) if found else str
        for finding in found:
            kind = say(f"cli.check.{finding.severity}")
            click.echo(f"  {kind} {words().sentence(finding, name)}")
    for copy in mark(project, names, marked, current_language()) if marked else ():
        click.echo(say("check.marked", value=copy.name))
    return checked.exit_code


@cli.command()
@scenarios
@option("--jobs", type=click.IntRange(1, 256))
@option("--engine", type=click.Choice(["fork", "stock"]), default="fork")
@option("--cluster", default="", metavar="ADDRESS")
@option("--force", is_flag=True)
@option("--timeout", type=click.IntRange(1), default=600, metavar="SECONDS")
@option("--memory", type=click.FloatRange(0.25), metavar="GIB")
@option("--internal", is_flag=True)
@option("--shared", is_flag=True)
@option("--robustness", multiple=True, metavar="SCENARIO")
@option("--levels", is_flag=True)
@option("--no-pages", is_flag=True)
@option("--quiet", is_flag=True)
@option("--json", "as_json", is_flag=True)
@language
def run(
    names: tuple[str, ...], robustness: tuple[str, ...], levels: bool, no_pages: bool, **how: Any
) -> int:
    """Run scenarios to their reports, and those asked for to a page on robustness."""
    from sendwarmth.run import batch, schedule
    from sendwarmth.run.progress import teller
    from sendwarmth.run.robustness import shown_for

    if no_pages and not levels:
        raise SendWarmthError([Finding("no_pages_without_levels")])
    said = {key: how.pop(key) for key in ("quiet", "as_json")}
    options = batch.options(current_language(), **how)
    project, known = find_project(), _known(names and (*names, *robustness))
    asked = robustness and _known(robustness)
    robust = replace(options, robustness=shown_for(project, names, asked))
    try:
        code = 0 if no_pages else batch.run(project, known, robust, teller(words(), **said))
        if not levels or code == CANCELLED:
            return code
        from sendwarmth.run import overview  # slow to import
        from sendwarmth.run.levels import runs as level_runs

        below = level_runs.options(options, pages=not no_pages)
        code = max(code, level_runs.run_levels(project, known, below, teller(words(), **said)))
        if not no_pages:
            overview.rebuild(project, current_language(), options.settings)
        return code
    except schedule.NoCluster as error:
        raise SendWarmthError([Finding("no_cluster", facts={"value": str(error)})]) from None


@cli.command()
@click.argument("names", metavar="SCENARIO SCENARIO...", nargs=-1)
@language
def compare(names: tuple[str, ...]) -> int:
    """Put scenarios side by side."""
    from sendwarmth.run import tell

    if len(set(names)) < 2:
        raise SendWarmthError([Finding("compare_two", facts={"value": ", ".join(names)})])
    click.echo(tell.comparison(find_project(), _known(names), current_language()))
    return FINE


@cli.command()
@click.argument("name", metavar="SCENARIO")
@click.argument("region", metavar="[REGION]", required=False, default="")
@click.argument("group", metavar="[GROUP]", required=False, default="")
@language
def explain(name: str, region: str, group: str) -> int:
    """Show the steps that lead to an amount."""
    from sendwarmth.run import tell

    _known([name])
    click.echo(tell.explanation(find_project(), name, region, group, current_language()))
    return FINE


@cli.command()
@click.argument("name", metavar="NAME")
@option("--jobs", type=click.IntRange(1, 256))
@option("--cluster", default="", metavar="ADDRESS")
@option("--force", is_flag=True)
@option("--quiet", is_flag=True)
@option("--json", "as_json", is_flag=True)
@language
def sweep(name: str, quiet: bool, as_json: bool, **how: Any) -> int:
    """Run a scenario at many points."""
    from sendwarmth.run import schedule
    from sendwarmth.run.sweeps import making as sweeping
    from sendwarmth.run.sweeps.progress import teller

    told = teller(words(), quiet=quiet, as_json=as_json)
    try:
        return sweeping.run_sweep(find_project(), name, sweeping.options(**how), told)
    except schedule.NoCluster as error:
        raise SendWarmthError([Finding("no_cluster", facts={"value": str(error)})]) from None


@cli.command()
@click.argument("file", metavar="FILE.xlsx")
@option("--data", default="", metavar="TABLES")
@language
def template(file: str, data: str) -> int:
    """Write a workbook to fill in."""
    from sendwarmth.run.template import template_file

    path = template_file(file, data or find_project().tables, current_language())
    click.echo(words().say("cli.template.written", value=path))
    return FINE


@cli.command()
@option("--port", type=click.IntRange(0, 65535), default=8888)
@option("--no-browser", is_flag=True)
@language
def lab(port: int, no_browser: bool) -> int:
    """Serve JupyterLab."""
    from sendwarmth.run.servers import serve_lab

    return serve_lab(find_project(), port, not no_browser)


@cli.command()
@option("--port", type=click.IntRange(0, 65535), default=8866)
@option("--no-browser", is_flag=True)
@language
def app(port: int, no_browser: bool) -> int:
    """Serve the planner's panel."""
    from sendwarmth.run.servers import serve_app

    return serve_app(find_project(), PLANNER_NOTEBOOK, port, not no_browser)


def _known(names: Sequence[str]) -> list[str]:
    """Return the scenarios named, or all of them; names nobody knows are a bad command line."""
    from sendwarmth.run.scenarios import find_scenario, scenario_names

    folder = find_project().scenarios
    found: list[Finding] = []
    for name in names:
        try:
            find_scenario(name, folder)
        except SendWarmthError as error:
            found += error.findings
    if found:
        raise SendWarmthError(found)
    if not names and not scenario_names(folder):
        raise SendWarmthError([Finding("no_scenarios", facts={"value": str(folder)})])
    return list(dict.fromkeys(names)) or scenario_names(folder)


def _refusal(error: click.UsageError) -> Finding:
    """Return what is wrong with a command line."""
    options = [name for p in getattr(error.cmd, "params", ()) for name in p.opts if name[:1] == "-"]
    if isinstance(error, click.NoSuchOption):
        name = error.option_name
        known = nearest(name, options)
        return Finding(
            "unknown_option",
            facts={"value": name, "nearest": known, "allowed": ", ".join(options)},
        )
    if isinstance(error, click.NoSuchCommand):
        name, commands = error.command_name, sorted(cli.commands)
        return Finding(
            "unknown_command",
            facts={
                "value": name,
                "nearest": nearest(name, commands),
                "allowed": ", ".join(commands),
            },
        )
    if isinstance(error, click.MissingParameter):
        return Finding("argument_missing", facts={"value": _parameter(error)})
    if isinstance(error, click.BadParameter):
        quoted = re.search(r"'([^']*)'|^(\S+) is not in", error.message)
        value = next((part for part in quoted.groups() if part), "") if quoted else ""
        facts = {"value": value, "allowed": _allowed(getattr(error.param, "type", None))}
        return Finding("bad_option", facts={**facts, "name": _parameter(error)})
    found = Finding("bad_command_line", facts={"value": error.message})
    if isinstance(error, click.BadOptionUsage):
        found = Finding("option_without_value", facts={"value": error.option_name})
    elif extra := re.search(r"extra arguments? \((.*)\)", error.message):
        found = Finding("argument_unexpected", facts={"value": extra[1]})
    return found


def _allowed(kind: Any) -> str:
    if choices := getattr(kind, "choices", ()):
        return ", ".join(choices)
    least, most = getattr(kind, "min", None), getattr(kind, "max", None)
    return f"{least} - {'…' if most is None else most}" if least is not None else ""


def _parameter(error: click.BadParameter) -> str:
    if error.param is None:
        return ""
    shown = [name for name in error.param.opts if name.startswith("-")]
    return shown[0] if shown else error.param.make_metavar(error.ctx)  # type: ignore[arg-type]


def _choose_language(arguments: Sequence[str]) -> None:
    """Speak the language asked for from the first word on: of help, and of what is wrong."""
    for i, word in enumerate(arguments):
        if word.startswith("--language"):
            choose_language(word.partition("=")[2] or "".join(arguments[i + 1 : i + 2]))


def _hush() -> None:
    """Keep what libraries say of a notebook to themselves: the run says how each one ended."""
    logging.getLogger("papermill").addHandler(logging.NullHandler())
    own = logging.getLogger("sendwarmth")
    if not own.handlers:
        own.addHandler(logging.StreamHandler())


def _complain(finding: Finding, name: Callable[[str], str] = str) -> None:
    click.echo(words().sentence(finding, name), err=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; nothing a user does wrong is a traceback."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    _choose_language(arguments)
    _hush()
    try:
        code = cli.main(arguments, prog_name="sendwarmth", standalone_mode=False)
        return int(code or FINE)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help())
        return REFUSED
    except click.UsageError as error:
        _complain(_refusal(error))
        return REFUSED
    except (click.Abort, KeyboardInterrupt):
        return CANCELLED
    except SendWarmthError as error:
        from sendwarmth.run.siblings import naming

        name = naming(find_project(), "", current_language())
        for finding in error.findings:
            _complain(finding, name)
        return REFUSED
    except OSError as error:
        from sendwarmth.run.jobs import not_written

        _complain(not_written(error))
        return SOME_BAD
