"""The sums that limits bound, as a linear map from cells to limits, and its weighted square.

``A`` has a row of zeros and ones a limit. Newton's method needs three things of it: the sum over
each limit's cells, ``A x``; for each cell the sum over the limits that hold it, ``A' y``; and
systems with ``A diag(w) A'``. Three forms give them: one table, many tables at once, and a table so
large that the bulk of its limits, a family in which no two share a cell, is eliminated by its
diagonal.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dposv, dpotrf
from scipy.sparse import csr_array, vstack

Floats = NDArray[np.floating[Any]]
Indices = NDArray[np.intp]


class Hessian(Protocol):
    """A positive definite matrix with one row a limit."""

    def __matmul__(self, step: Floats) -> Floats:
        """Return the product with a step."""

    def solve(self, stiff: Floats, right: Floats) -> Floats:
        """Solve with ``stiff`` added to the diagonal."""

    def least_pivot(self, stiff: Floats) -> Floats:
        """Return the least pivot with ``stiff`` added to the diagonal: how near to singular."""


class Sums(Protocol):
    """The map ``A`` from cells to limits."""

    def over(self, cells: Floats) -> Floats:
        """Return the sum over each limit's cells, ``A x``."""

    def spread(self, limits: Floats) -> Floats:
        """Return, for each cell, the sum over the limits that hold it, ``A' y``."""

    def hessian(self, weight: Floats, ridge: Floats) -> Hessian:
        """Return ``A diag(weight) A' + diag(ridge)``."""


class DenseHessian(NamedTuple):
    """A Hessian as a plain matrix."""

    matrix: Floats

    def __matmul__(self, step: Floats) -> Floats:
        return self.matrix @ step

    def solve(self, stiff: Floats, right: Floats) -> Floats:
        """Solve with ``stiff`` added to the diagonal."""
        matrix = self.matrix.copy()
        matrix.ravel()[:: len(stiff) + 1] += stiff
        return _definite(matrix, right)

    def least_pivot(self, stiff: Floats) -> Floats:
        """Return the least pivot with ``stiff`` added to the diagonal."""
        factor, _ = dpotrf(_raised(self.matrix, stiff))
        return np.square(factor.diagonal().min())


class DenseSums(NamedTuple):
    """One table: the matrix itself, (K, N)."""

    matrix: Floats

    def over(self, cells: Floats) -> Floats:
        """Return the sum over each limit's cells."""
        return self.matrix @ cells

    def spread(self, limits: Floats) -> Floats:
        """Return, for each cell, the sum over the limits that hold it."""
        return limits @ self.matrix

    def hessian(self, weight: Floats, ridge: Floats) -> DenseHessian:
        """Return ``A diag(weight) A' + diag(ridge)``."""
        matrix = (self.matrix * weight) @ self.matrix.T
        matrix.ravel()[:: len(ridge) + 1] += ridge
        return DenseHessian(matrix)

    def sparse(self) -> csr_array:
        """Return the matrix."""
        return csr_array(self.matrix)


class StackedHessian(NamedTuple):
    """Hessians of many tables, (B, K, K)."""

    matrix: Floats

    def __matmul__(self, step: Floats) -> Floats:
        return np.matvec(self.matrix, step)

    def solve(self, stiff: Floats, right: Floats) -> Floats:
        """Solve with ``stiff`` added to the diagonals."""
        return np.linalg.solve(_raised(self.matrix, stiff), right[..., None])[..., 0]

    def least_pivot(self, stiff: Floats) -> Floats:
        """Return the least pivot of each with ``stiff`` added to the diagonal."""
        return _least_pivot(_raised(self.matrix, stiff))

    def take(self, rows: Indices) -> StackedHessian:
        """Return some of the tables."""
        return StackedHessian(self.matrix[rows])


class StackedSums(NamedTuple):
    """Many tables: one matrix for all, (K, N), or one each, (B, K, N)."""

    matrix: Floats

    def over(self, cells: Floats) -> Floats:
        """Return the sum over each limit's cells, (B, K)."""
        return cells @ self.matrix.T if self.matrix.ndim == 2 else np.matvec(self.matrix, cells)

    def spread(self, limits: Floats) -> Floats:
        """Return, for each cell, the sum over the limits that hold it, (B, N)."""
        return limits @ self.matrix if self.matrix.ndim == 2 else np.vecmat(limits, self.matrix)

    def hessian(self, weight: Floats, ridge: Floats) -> StackedHessian:
        """Return ``A diag(weight) A' + diag(ridge)`` for each table."""
        matrix = (self.matrix * weight[:, None, :]) @ self.matrix.swapaxes(-1, -2)
        return StackedHessian(_raised(matrix, ridge))

    def take(self, rows: Indices | slice) -> StackedSums:
        """Return some of the tables."""
        return self if self.matrix.ndim == 2 else StackedSums(self.matrix[rows])

    def at(self, row: int) -> DenseSums:
        """Return one of the tables."""
        return DenseSums(self.matrix if self.matrix.ndim == 2 else self.matrix[row])


class BorderedHessian(NamedTuple):
    """A Hessian whose family block is diagonal: ``[[block, across'], [across, corner]]``."""

    family: Indices
    rest: Indices
    corner: Floats
    across: csr_array
    """The rows of the rest, the columns of the family."""
    back: csr_array
    """Its transpose."""
    diagonal: Floats

    def __matmul__(self, step: Floats) -> Floats:
        own, other = step[self.family], step[self.rest]
        out = np.empty_like(step)
        out[self.family] = self.diagonal[self.family] * own + self.back @ other
        out[self.rest] = self.corner @ other + self.across @ own
        return out

    def solve(self, stiff: Floats, right: Floats) -> Floats:
        """Eliminate the family (Schur complement), solve for the rest, substitute back."""
        block, scaled, complement = self._eliminated(stiff)
        own = right[self.family]
        out = np.empty_like(right)
        out[self.rest] = other = _definite(complement, right[self.rest] - scaled @ own)
        out[self.family] = (own - self.back @ other) / block
        return out

    def least_pivot(self, stiff: Floats) -> Floats:
        """Return the least pivot with ``stiff`` added to the diagonal."""
        block, _, complement = self._eliminated(stiff)
        return np.minimum(_least_pivot(complement), block.min(initial=np.inf))

    def _eliminated(self, stiff: Floats) -> tuple[Floats, csr_array, Floats]:
        block = (self.diagonal + stiff)[self.family]
        scaled = _weighted(self.across, 1 / block)
        complement = self.corner - (scaled @ self.back).toarray()
        return block, scaled, _raised(complement, stiff[self.rest])


class BorderedSums(NamedTuple):
    """One large table: a family of limits that share no cell, and the rest."""

    family: Indices
    """Which limits are in the family."""
    rest: Indices
    """Which are not."""
    members: csr_array
    """The limit of the family that holds a cell, (N, F); at most one."""
    rows: csr_array
    """The rows of the rest, (K - F, N)."""
    columns: csr_array
    """Their transpose."""

    def over(self, cells: Floats) -> Floats:
        """Return the sum over each limit's cells."""
        out = np.empty(len(self.family) + len(self.rest))
        out[self.family], out[self.rest] = cells @ self.members, self.rows @ cells
        return out

    def spread(self, limits: Floats) -> Floats:
        """Return, for each cell, the sum over the limits that hold it."""
        return self.members @ limits[self.family] + self.columns @ limits[self.rest]

    def hessian(self, weight: Floats, ridge: Floats) -> BorderedHessian:
        """Return ``A diag(weight) A' + diag(ridge)``."""
        weighted = _weighted(self.rows, weight)
        across = weighted @ self.members
        corner = (weighted @ self.columns).toarray()
        corner.flat[:: len(self.rest) + 1] += ridge[self.rest]
        diagonal = ridge.copy()
        diagonal[self.family] += weight @ self.members
        diagonal[self.rest] = corner.diagonal()
        return BorderedHessian(self.family, self.rest, corner, across, across.T.tocsr(), diagonal)

    def sparse(self) -> csr_array:
        """Return the matrix, family and rest in the order of the limits."""
        order = np.argsort(np.concatenate([self.family, self.rest]))
        return vstack([self.members.T, self.rows], format="csr")[order]


def _weighted(matrix: csr_array, weight: Floats) -> csr_array:
    """Return a matrix with its columns weighted."""
    parts = (matrix.data * weight[matrix.indices], matrix.indices, matrix.indptr)
    return csr_array(parts, shape=matrix.shape)


def _raised(matrix: Floats, ridge: Floats) -> Floats:
    """Return a matrix, or many, with something added to the diagonal."""
    raised = matrix.copy()
    size = ridge.shape[-1]
    raised.reshape(*ridge.shape[:-1], size * size)[..., :: size + 1] += ridge
    return raised


def _least_pivot(matrix: Floats) -> Floats:
    factor = np.linalg.cholesky(matrix)
    return np.square(np.diagonal(factor, axis1=-2, axis2=-1)).min(axis=-1)


def _definite(matrix: Floats, right: Floats) -> Floats:
    _, solution, info = dposv(matrix.T, right, overwrite_a=True)
    if info:
        raise ArithmeticError("the Hessian of the fit is not positive definite")
    return solution
