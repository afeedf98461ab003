"""The levels of scenarios: which have any, whose ids stand twice, and all of them run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sendwarmth.model.findings import Finding, InputError, SendWarmthError
from sendwarmth.model.levels import repeated_ids
from sendwarmth.run import fingerprint, level_tables
from sendwarmth.run.batch import Options
from sendwarmth.run.cancel import terminable
from sendwarmth.run.crew import Crew, crew_for
from sendwarmth.run.jobs import SEED
from sendwarmth.run.level_tree import Refused, Tree
from sendwarmth.run.levels import LevelJob
from sendwarmth.run.manifest import sweep_out
from sendwarmth.run.progress import Silence
from sendwarmth.run.project import Project
from sendwarmth.run.scenarios import find_scenario, load_scenario, tables_of


@dataclass(frozen=True)
class LevelOptions:
    """How levels are run.

    Parameters
    ----------
    jobs
        Processes at once.
    cluster
        Address of a Dask scheduler; empty for this machine.
    force
        Whether unchanged units are split again.
    pages
        Whether pages and workbooks are made beside the figures.
    language
        ``zh`` or ``en``.
    """

    jobs: int = 1
    cluster: str = ""
    force: bool = False
    pages: bool = True
    language: str = "zh"


def options(run: Options, *, pages: bool) -> LevelOptions:
    """Return how levels are run beside a run of their scenarios."""
    return LevelOptions(run.jobs, run.cluster, run.force, pages, run.language)


def run_levels(
    project: Project, names: Sequence[str], options: LevelOptions, teller: Silence
) -> int:
    """Split every level of every scenario whose tables have levels.

    Parameters
    ----------
    project
        The project.
    names
        Scenarios; those whose tables have no levels are passed over.
    options
        How.
    teller
        Is told how every unit ended.

    Returns
    -------
    int
        0 where every unit has its plan, 1 where one has not, 130 where cancelled.

    Raises
    ------
    InputError
        No scenario has levels.
    NoCluster
        The cluster cannot be used.
    OSError
        The outputs cannot be written.
    """
    tops = [top for top in (_top(project, name, options) for name in names) if top]
    if not tops:
        raise InputError([Finding("no_levels", facts={"value": ", ".join(names)})])
    project.outputs.mkdir(exist_ok=True)
    sweep_out(project.outputs)
    with terminable(), crew_for(options.jobs, options.cluster) as crew:
        trees = [Tree(top, teller, _refused(top)) for top in tops]
        teller.start(sum(tree.size for tree in trees))
        code = _run(trees, crew)
    sweep_out(project.outputs)
    teller.finish(index="")
    return code


def _run(trees: Sequence[Tree], crew: Crew) -> int:
    try:
        for tree in trees:
            tree.run(crew)
    except KeyboardInterrupt:
        crew.stop()
        for tree in trees:
            tree.cancel()
        return 130
    return int(any(tree.without for tree in trees))


def _top(project: Project, name: str, options: LevelOptions) -> LevelJob | None:
    """Return the job of a scenario's top, None where its tables have no levels."""
    try:
        tables = tables_of(load_scenario(find_scenario(name, project.scenarios)))
    except SendWarmthError:
        return None  # the run of the scenario itself says so
    if not level_tables.units_in(level_tables.folder_of(tables, ())):
        return None
    head, clean = fingerprint.commit()
    made = {"seed": SEED, "commit": head, "clean": clean, "run": fingerprint.new_id()}
    return LevelJob(
        root=str(project.root),
        scenario=name,
        tables=str(tables),
        language=options.language,
        force=options.force,
        pages=options.pages,
        made=made,
    )


def _refused(top: LevelJob) -> Refused:
    """Return what is wrong with ids: those that stand in the tables of two units."""
    tables = Path(top.tables)
    paths = [(), *level_tables.every_unit(tables)]
    likely = repeated_ids((path, level_tables.likely_ids_in(tables, path)) for path in paths)
    if not likely:
        return {}
    return repeated_ids((path, level_tables.ids_in(tables, path)) for path in paths)
