"""From limits to rows."""

import numpy as np
from fits import TOTAL, limit
from numpy.testing import assert_allclose
from sendwarmth.model.fit import fit
from sendwarmth.model.fitting import rows
from sendwarmth.model.limits import Family


def test_a_family_is_its_limits_one_by_one():
    rng = np.random.default_rng(7)
    target = rng.lognormal(0, 1, (2_800, 5))
    place = np.indices(target.shape)
    sums = target.sum(axis=1) / target.sum() * TOTAL
    floor, cap = sums * rng.uniform(0.5, 1.2, 2_800), sums * rng.uniform(1.3, 2, 2_800)
    floor[::2] = -np.inf
    columns = [limit(place[1] == g, TOTAL / 6, name=f"limits/{g}") for g in range(5)]
    family = Family([f"region_floor_yuan/{r}" for r in range(2_800)], place[0], floor, cap)
    found = fit(target, 0, np.inf, [*columns, family], TOTAL)
    assert found.status == "done"
    few = Family(family.names[:40], place[0][:40], floor[:40], cap[:40])
    singly = [limit(place[0][:40] == r, floor[r], cap[r]) for r in range(40)]
    part = (target[:40], 0, np.inf)
    total = found.amounts[:40].sum()
    whole, each = (fit(*part, some, total) for some in ([few], singly))
    assert_allclose(whole.amounts, each.amounts, rtol=1e-12)
    assert_allclose(whole.multipliers, each.multipliers, rtol=1e-9)


def test_families_that_cross_and_limits_that_overlap_them_all_hold_in_a_large_table():
    rng = np.random.default_rng(25)
    target = rng.lognormal(0, 1, (400, 5))
    row, column = np.indices(target.shape)
    share = target / target.sum() * TOTAL
    prefecture = row // 20
    floors = np.bincount(prefecture.ravel(), share.ravel()) * rng.uniform(0.8, 1.1, 20)
    caps = share.sum(axis=1) * rng.uniform(1, 1.5, 400)
    limits = [
        Family([f"limits/p{p}" for p in range(20)], prefecture, floor=floors),
        limit((row < 100) & (column == 0), 0.02 * TOTAL),
        Family([f"region_cap/{r}" for r in range(400)], row, cap=caps),
        limit(row == 399, cap=0.001 * TOTAL),
    ]
    found = fit(target, 0.1 * share, 9 * share, limits, TOTAL)
    assert found.status == "done"
    assert found.multipliers.shape == (422,)
    by_prefecture = np.bincount(prefecture.ravel(), found.amounts.ravel())
    assert (by_prefecture > floors - 1e-10 * TOTAL).all()
    assert (found.amounts.sum(axis=1) < caps + 1e-10 * TOTAL).all()
    m_prefecture, m_first, m_row, m_last = np.split(found.multipliers, [20, 21, 421])
    factor = m_prefecture[prefecture] * m_row[row] * np.where(row == 399, m_last, 1)
    factor *= np.where((row < 100) & (column == 0), m_first, 1)
    plan = np.clip(target * found.level * factor, 0.1 * share, 9 * share)
    assert_allclose(found.amounts, plan, rtol=1e-8)


def test_small_limits_are_eliminated_before_a_large_one_that_overlaps_them():
    row = np.indices((300, 5))[0]
    blocs = [limit(row < 150, 10), limit(row >= 100, 10)]
    regions = [limit(row == r, 1e-3) for r in range(300)]
    sums = rows.bordered([*blocs, *regions], (300, 5))
    assert sums.family.tolist() == list(range(2, 302))
    assert sums.rest.tolist() == [0, 1, 302]
