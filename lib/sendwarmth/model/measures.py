r"""How even a split is: indices of inequality, each with its definition, range and source.

All take ``values``, amounts of 0 or more in any shape, and ``weights``, how many people get each
amount (None counts every value once): yuan a head and heads describe people, not rows. In the
formulas :math:`p_i` is the share of people who get :math:`x_i`, and :math:`\mu` the mean. No index
depends on the unit of money, nor on copying everybody; where all get the same, or nothing, it is
at its least. Negative or missing numbers, or nobody at all, are a ValueError.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import xlogy

Floats = NDArray[np.float64]


def _people(values: ArrayLike, weights: ArrayLike | None) -> tuple[Floats, Floats]:
    """Return amounts over their mean (1 where all are 0, and so equal), and shares of people."""
    amounts = np.asarray(values, dtype=float).ravel()
    heads = np.ones_like(amounts) if weights is None else np.asarray(weights, dtype=float).ravel()
    if amounts.shape != heads.shape:
        raise ValueError(f"there must be one weight a value, not {heads.size} for {amounts.size}")
    for name, array in (("values", amounts), ("weights", heads)):
        if not np.isfinite(array).all() or (array < 0).any():
            raise ValueError(f"{name} must be finite and 0 or more")
    if not heads.sum() > 0:
        raise ValueError("an index needs at least one value with a weight above 0")
    share = heads / heads.sum()
    mean = share @ amounts
    return (amounts / mean if mean > 0 else np.ones_like(amounts)), share


def gini(values: ArrayLike, weights: ArrayLike | None = None) -> float:
    r"""Return the Gini coefficient.

    Half the mean difference between two people drawn at random, relative to the mean:

    .. math:: G = \frac{1}{2 \mu} \sum_i \sum_j p_i p_j |x_i - x_j|

    Returns
    -------
    float
        From 0 (all equal) to :math:`1 - 1/n` for n people of whom one has everything; no
        small-sample correction.

    References
    ----------
    C. Gini, "Variabilità e mutabilità", Bologna 1912. A. Sen, "On Economic Inequality", Oxford
    University Press 1997, ch. 2.

    Examples
    --------
    >>> gini([0, 0, 0, 100])
    0.75
    >>> round(gini([1, 3], weights=[3, 1]), 9) == round(gini([1, 1, 1, 3]), 9)
    True
    """
    amounts, share = _people(values, weights)
    order = np.argsort(amounts, kind="stable")
    amounts, share = amounts[order], share[order]
    below = np.cumsum(share) - share / 2  # rank of the middle person of each row
    return max(0.0, 2 * float(share @ (amounts * below)) - 1)


def theil(values: ArrayLike, weights: ArrayLike | None = None) -> float:
    r"""Return Theil's index T, the relative entropy of money shares to people shares.

    .. math:: T = \sum_i p_i \frac{x_i}{\mu} \ln \frac{x_i}{\mu}

    An amount of 0 adds nothing (the limit of :math:`x \ln x`).

    Returns
    -------
    float
        From 0 (all equal) to :math:`\ln n` for n people of whom one has everything.

    References
    ----------
    H. Theil, "Economics and Information Theory", North-Holland 1967, ch. 4.

    Examples
    --------
    >>> bool(np.isclose(theil([0, 0, 0, 100]), np.log(4)))
    True
    """
    split = theil_between_within(values, np.zeros(np.size(values)), weights)
    return split.between + split.within


class TheilSplit(NamedTuple):
    """Inequality between groups' means, and inside groups, each weighted by its money."""

    between: float
    within: float


def theil_between_within(
    values: ArrayLike, groups: ArrayLike, weights: ArrayLike | None = None
) -> TheilSplit:
    r"""Return Theil's T in two parts that add to it: between groups and within them.

    .. math:: T = \sum_g s_g \ln \frac{s_g}{p_g} + \sum_g s_g T_g

    with :math:`s_g` a group's share of money, :math:`p_g` its share of people, :math:`T_g` the
    index of its members alone.

    Parameters
    ----------
    groups
        Label of each value, same shape: a bloc, a kind of unit.

    Returns
    -------
    TheilSplit
        Both 0 or more. ``between`` is 0 where all groups have one mean, ``within`` where every
        group is equal inside.

    References
    ----------
    F. Bourguignon, "Decomposable income inequality measures", Econometrica 47 (1979).

    Examples
    --------
    >>> split = theil_between_within([1, 1, 3, 3], ["south", "south", "north", "north"])
    >>> split.within, bool(np.isclose(split.between, theil([1, 3])))
    (0.0, True)
    """
    amounts, share = _people(values, weights)
    names, member = np.unique(np.asarray(groups).ravel(), return_inverse=True)
    if member.shape != amounts.shape:
        raise ValueError(f"there must be one group a value, not {member.size} for {amounts.size}")
    money = share * amounts
    people_of, money_of = (np.bincount(member, part, len(names)) for part in (share, money))
    mean_of = np.divide(money_of, people_of, out=np.ones(len(names)), where=money_of > 0)
    between = float(xlogy(money_of, mean_of).sum())
    within = float(xlogy(money, np.where(money > 0, amounts / mean_of[member], 1)).sum())
    return TheilSplit(max(between, 0.0), max(within, 0.0))


def atkinson(values: ArrayLike, epsilon: float, weights: ArrayLike | None = None) -> float:
    r"""Return Atkinson's index: the part of the money that equality would make unnecessary.

    .. math:: A = 1 - \Big(\sum_i p_i (x_i/\mu)^{1-\epsilon}\Big)^{1/(1-\epsilon)}, \qquad
              A = 1 - \prod_i (x_i/\mu)^{p_i} \text{ for } \epsilon = 1

    Parameters
    ----------
    epsilon
        Aversion to inequality, 0 or more: 0 minds none (the index is 0), a large one looks at the
        poorest only. 0.5, 1 and 2 are usual.

    Returns
    -------
    float
        From 0 (all equal) to 1; 1 where anybody gets nothing and epsilon is 1 or more.

    References
    ----------
    A. B. Atkinson, "On the measurement of inequality", Journal of Economic Theory 2 (1970).

    Examples
    --------
    >>> round(atkinson([1, 4], epsilon=1), 9), atkinson([0, 5], epsilon=1)
    (0.2, 1.0)
    """
    if not 0 <= epsilon < np.inf:
        raise ValueError(f"epsilon must be finite and 0 or more, not {epsilon}")
    amounts, share = _people(values, weights)
    amounts, share = amounts[share > 0], share[share > 0]
    if epsilon >= 1 and not amounts.all():
        return 1.0
    power = 1 - epsilon
    with np.errstate(divide="ignore"):
        logs = np.log(amounts)
    if power == 0:
        return max(0.0, 1 - float(np.exp(share @ logs)))
    largest = (power * logs).max()  # keeps the powers in range, and log1p exact near epsilon 1
    mean_log = (largest + np.log1p(share @ np.expm1(power * logs - largest))) / power
    return max(0.0, 1 - float(np.exp(mean_log)))


def hoover(values: ArrayLike, weights: ArrayLike | None = None) -> float:
    r"""Return the Hoover index: the share of the money that would have to move to make all equal.

    .. math:: H = \frac{1}{2} \sum_i p_i \left| \frac{x_i}{\mu} - 1 \right|

    Also called Pietra's, Schutz's or the Robin Hood index.

    Returns
    -------
    float
        From 0 (all equal) to :math:`1 - 1/n` for n people of whom one has everything.

    References
    ----------
    E. M. Hoover, "The measurement of industrial localization", Review of Economics and Statistics
    18 (1936).

    Examples
    --------
    >>> hoover([0, 0, 0, 100])
    0.75
    """
    amounts, share = _people(values, weights)
    return float(share @ np.abs(amounts - 1) / 2)


def max_min_ratio(values: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Return the largest amount anybody gets over the smallest.

    Returns
    -------
    float
        1 or more; inf where somebody gets nothing and somebody else does not.

    Examples
    --------
    >>> max_min_ratio([2, 3, 6]), max_min_ratio([0, 3], weights=[0, 7]), max_min_ratio([0, 3])
    (3.0, 1.0, inf)
    """
    amounts, share = _people(values, weights)
    least, most = float(amounts[share > 0].min()), float(amounts[share > 0].max())
    return most / least if least > 0 else np.inf
