"""What draws come to, and how far chance may have moved it: every figure with its standard error.

Of a mean it is ``sd / sqrt(n)``; of a share that of A. Agresti and B. A. Coull, "Approximate is
better than 'exact' for interval estimation of binomial proportions", The American Statistician 52
(1998), which is never 0; of a quantile half the distance between the quantiles one binomial
standard deviation to either side (R. S. Woodruff, "Confidence intervals for medians and other
position measures", Journal of the American Statistical Association 47 (1952)).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
QUANTILES = {"p05": 0.05, "p50": 0.5, "p95": 0.95}


def summary(values: Floats) -> dict[str, float]:
    """Return mean, standard deviation and quantiles of draws, with standard errors.

    Examples
    --------
    >>> told = summary(np.arange(101.0))
    >>> told["mean"], told["p50"], told["p95"], round(told["p50_se"], 1)
    (50.0, 50.0, 95.0, 5.0)
    """
    n = len(values)
    if not n:
        names = ["mean", "mean_se", "sd", *(f"{q}{end}" for q in QUANTILES for end in ("", "_se"))]
        return dict.fromkeys(names, np.nan)
    spread = float(values.std(ddof=1)) if n > 1 else np.nan
    told = {"mean": float(values.mean()), "mean_se": spread / np.sqrt(n), "sd": spread}
    for name, p in QUANTILES.items():
        off = np.sqrt(p * (1 - p) / n)
        at = np.clip([p - off, p, p + off], 0, 1)
        low, value, high = np.quantile(values, at).tolist()
        told |= {name: value, f"{name}_se": (high - low) / 2}
    return told


def proportion(count: int, number: int) -> tuple[float, float]:
    """Return a share of draws and its standard error, which is never 0.

    Examples
    --------
    >>> share, error = proportion(96, 96)
    >>> share, round(error, 4)
    (1.0, 0.014)
    """
    adjusted = (count + 2) / (number + 4)
    return count / number, float(np.sqrt(adjusted * (1 - adjusted) / (number + 4)))
