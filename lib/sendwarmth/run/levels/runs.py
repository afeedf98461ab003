"""The levels of scenarios: which have any, whose ids stand twice, and all of them run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from sendwarmth.model.findings import Finding, InputError, SendWarmthError
from sendwarmth.model.levels import repeated_ids
from sendwarmth.run import fingerprint
from sendwarmth.run.batch import Options
from sendwarmth.run.cancel import terminable
from sendwarmth.run.jobs import SEED
from sendwarmth.run.levels import tables as level_tables
from sendwarmth.run.levels.crew import Crew, crew_for
from sendwarmth.run.levels.tree import Refused, Tree
from sendwarmth.run.levels.unit import LevelJob
from sendwarmth.run.manifest import sweep_out, write_whole
from sendwarmth.run.progress import Silence
from sendwarmth.run.project import Project
from sendwarmth.run.scenarios import find_scenario, load_scenario, tables_of

FEW_UNITS = 20
"""Whose reports may each carry the drawing library, some two megabytes."""


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
    shared
        Whether pages share one copy of the drawing library; those of very many units always do.
    language
        ``zh`` or ``en``.
    """

    jobs: int = 1
    cluster: str = ""
    force: bool = False
    pages: bool = True
    shared: bool = False
    language: str = "zh"


def options(run: Options, *, pages: bool) -> LevelOptions:
    """Return how levels are run beside a run of their scenarios."""
    shared = run.settings.shared
    return LevelOptions(run.jobs, run.cluster, run.force, pages, shared, run.language)


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
        _share(project, tops)
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


def _share(project: Project, tops: Sequence[LevelJob]) -> None:
    """Write the one copy of the drawing library, if pages share it."""
    from sendwarmth.view.bundle import SHARED_NAME, shared_file

    path = project.outputs / SHARED_NAME
    if any(top.shared and top.pages for top in tops) and not path.exists():
        write_whole(path, shared_file())


def _top(project: Project, name: str, options: LevelOptions) -> LevelJob | None:
    """Return the job of a scenario's top, None where its tables have no levels."""
    try:
        scenario = load_scenario(find_scenario(name, project.scenarios))
        tables = tables_of(scenario)
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
        shared=options.shared or _many(tables),
        title=scenario.title[options.language],
        made=made,
    )


def _many(tables: Path) -> bool:
    """Whether so many units have tables that a drawing library in each page would be too much."""
    return next(islice(level_tables.every_unit(tables), FEW_UNITS, None), None) is not None


def _refused(top: LevelJob) -> Refused:
    """Return what is wrong with ids: those that stand in the tables of two units."""
    tables = Path(top.tables)
    paths = [(), *level_tables.every_unit(tables)]
    likely = repeated_ids((path, level_tables.likely_ids_in(tables, path)) for path in paths)
    if not likely:
        return {}
    return repeated_ids((path, level_tables.ids_in(tables, path)) for path in paths)
