"""The sums that limits bound, as a linear map from cells to limits, and its weighted square.

``A`` has a row of zeros and ones a limit. Newton's method needs three things of it: the sum over
each limit's cells, ``A x``; for each cell the sum over the limits that hold it, ``A' y``; and
systems with ``A diag(w) A'``. Three forms give them: one table, many tables at once, and a table so
large that the bulk of its limits, a family in which no two share a cell, is eliminated by its
diagonal.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dposv
from scipy.sparse import csr_array

Floats = NDArray[np.float64]


class Hessian(Protocol):
    """A positive definite matrix with one row a limit."""

    @property
    def diagonal(self) -> Floats:
        """The diagonal."""

    def __matmul__(self, step: Floats) -> Floats:
        """Return the product with a step."""

    def solve(self, stiff: Floats, right: Floats) -> Floats:
        """Solve with ``stiff`` added to the diagonal."""


class Sums(Protocol):
    """The map ``A`` from cells to limits."""

    def over(self, cells: Floats) -> Floats:
        """Return the sum over each limit's cells, ``A x``."""

    def spread(self, limits: Floats) -> Floats:
        """Return, for each cell, the sum over the limits that hold it, ``A' y``."""

    def hessian(self, weight: Floats, ridge: Floats) -> Hessian:
        """Return ``A diag(weight) A' + diag(ridge)``."""

    def sparse(self) -> csr_array:
        """Return ``A`` itself."""


class DenseHessian(NamedTuple):
    """A Hessian as a plain matrix."""

    matrix: Floats
    diagonal: Floats

    def __matmul__(self, step: Floats) -> Floats:
        return self.matrix @ step

    def solve(self, stiff: Floats, right: Floats) -> Floats:
        """Solve with ``stiff`` added to the diagonal."""
        matrix = self.matrix.copy()
        matrix.flat[:: len(right) + 1] += stiff
        return _definite(matrix, right)


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
        matrix.flat[:: len(ridge) + 1] += ridge
        return DenseHessian(matrix, matrix.diagonal())

    def sparse(self) -> csr_array:
        """Return the matrix."""
        return csr_array(self.matrix)


class StackedHessian(NamedTuple):
    """Hessians of many tables, (B, K, K)."""

    matrix: Floats

    @property
    def diagonal(self) -> Floats:
        """The diagonals, (B, K)."""
        return self.matrix.diagonal(axis1=1, axis2=2)

    def __matmul__(self, step: Floats) -> Floats:
        return np.matvec(self.matrix, step)

    def solve(self, stiff: Floats, right: Floats) -> Floats:
        """Solve with ``stiff`` added to the diagonals."""
        return np.linalg.solve(_raised(self.matrix, stiff), right[..., None])[..., 0]

    def take(self, rows: NDArray[np.int_]) -> StackedHessian:
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

    def take(self, rows: NDArray[np.int_]) -> StackedSums:
        """Return some of the tables."""
        return self if self.matrix.ndim == 2 else StackedSums(self.matrix[rows])


class BorderedHessian(NamedTuple):
    """A Hessian whose family block is diagonal: ``[[corner, cross], [cross', block]]``."""

    family: NDArray[np.int_]
    rest: NDArray[np.int_]
    corner: Floats
    cross: csr_array
    diagonal: Floats

    def __matmul__(self, step: Floats) -> Floats:
        out = np.empty_like(step)
        out[self.rest] = self.corner @ step[self.rest] + self.cross @ step[self.family]
        out[self.family] = self.cross.T @ step[self.rest]
        out[self.family] += self.diagonal[self.family] * step[self.family]
        return out

    def solve(self, stiff: Floats, right: Floats) -> Floats:
        """Eliminate the family (Schur complement), solve for the rest, substitute back."""
        inverse = 1 / (self.diagonal + stiff)[self.family]
        scaled = self.cross * inverse
        complement = self.corner - (scaled @ self.cross.T).toarray()
        complement.flat[:: len(self.rest) + 1] += stiff[self.rest]
        out = np.empty_like(right)
        out[self.rest] = _definite(complement, right[self.rest] - scaled @ right[self.family])
        out[self.family] = inverse * (right[self.family] - self.cross.T @ out[self.rest])
        return out


class BorderedSums(NamedTuple):
    """One large table: a family of limits that share no cell, and the rest as sparse rows."""

    family: NDArray[np.int_]
    """Which limits are in the family."""
    rest: NDArray[np.int_]
    """Which are not."""
    labels: NDArray[np.int_]
    """For each cell its place in ``family``, or ``len(family)`` for none."""
    rows: csr_array
    """The rows of the rest."""

    def over(self, cells: Floats) -> Floats:
        """Return the sum over each limit's cells."""
        out = np.empty(len(self.family) + len(self.rest))
        out[self.family] = self._by_family(cells)
        out[self.rest] = self.rows @ cells
        return out

    def spread(self, limits: Floats) -> Floats:
        """Return, for each cell, the sum over the limits that hold it."""
        own = np.append(limits[self.family], 0.0)[self.labels]
        return own + self.rows.T @ limits[self.rest]

    def hessian(self, weight: Floats, ridge: Floats) -> BorderedHessian:
        """Return ``A diag(weight) A' + diag(ridge)``."""
        weighted = self.rows * weight
        corner = (weighted @ self.rows.T).toarray()
        corner.flat[:: len(self.rest) + 1] += ridge[self.rest]
        size = len(self.family)
        columns = csr_array(
            (np.ones(len(weight)), self.labels, np.arange(len(weight) + 1)), (len(weight), size + 1)
        )
        cross = (weighted @ columns)[:, :size]
        diagonal = ridge.copy()
        diagonal[self.family] += self._by_family(weight)
        diagonal[self.rest] = corner.diagonal()
        return BorderedHessian(self.family, self.rest, corner, cross, diagonal)

    def sparse(self) -> csr_array:
        """Return the matrix, family and rest in the order of the limits."""
        held = np.flatnonzero(self.labels < len(self.family))
        rest = self.rows.tocoo()
        row = np.concatenate([self.family[self.labels[held]], self.rest[rest.row]])
        column = np.concatenate([held, rest.col])
        shape = (len(self.family) + len(self.rest), len(self.labels))
        return csr_array((np.ones(len(row)), (row, column)), shape)

    def _by_family(self, cells: Floats) -> Floats:
        return np.bincount(self.labels, cells, len(self.family) + 1)[: len(self.family)]


def _raised(matrix: Floats, ridge: Floats) -> Floats:
    raised = matrix.copy()
    each = np.arange(ridge.shape[-1])
    raised[..., each, each] += ridge
    return raised


def _definite(matrix: Floats, right: Floats) -> Floats:
    _, solution, info = dposv(matrix.T, right, overwrite_a=True)
    if info:
        raise ArithmeticError("the Hessian of the fit is not positive definite")
    return solution
