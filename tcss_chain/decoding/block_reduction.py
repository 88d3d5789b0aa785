"""
Block reduction (BKZ, Schnorr and Euchner): shorter bases than LLL finds, for more time.

In each window of some twenty consecutive vectors, a shortest vector of their projections is enumerated and
put first. Windows work on floating-point projections alone; the integer basis follows by the unimodular
transformations that flint finds for them, and is reduced again after each tour.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from operator import mul

from flint import fmpz_mat

from .reduced_basis import Orthogonalised, Row, lll_reduced

_FIXED_POINT = 1 << 30
_SHORTER = 0.99


def block_reduced(rows: Sequence[Row], scales: Sequence[int], window: int, tours: int) -> list[Row]:
    """
    Reduce a basis further than LLL.

    Parameters
    ----------
    rows : sequence of list of int
        A basis, reduced by LLL.
    scales : sequence of int
        How much each coordinate counts, as for `lll_reduced`.
    window : int
        How many vectors are looked at together. The time grows exponentially with it; 20 is moderate.
    tours : int
        How many times to go through the basis at most. Most of the gain comes with the first few.

    Returns
    -------
    list of list of int
        A basis of the same lattice.
    """
    reduced = [list(row) for row in rows]
    for _ in range(tours):
        if not _tour(reduced, scales, window):
            break
        reduced = lll_reduced(reduced, scales, thorough=True)
    return reduced


def _tour(rows: list[Row], scales: Sequence[int], window: int) -> bool:
    """Go through the basis once and improve it in place; tell whether anything changed."""
    orthogonalised = Orthogonalised(rows, scales)
    lengths = [sqrt(norm) for norm in orthogonalised.norms]
    # Row i: the coordinates of vector i along the normalised orthogonal vectors 0 to i.
    coordinates = [[*map(mul, mu, lengths), lengths[i]] for i, mu in enumerate(orthogonalised.coefficients)]
    changed = False
    for start in range(len(rows) - 1):
        end = min(start + window, len(rows))
        projected = [coordinates[i][start : i + 1] + [0.0] * (end - 1 - i) for i in range(start, end)]
        combination = _shortest(projected)
        if combination is None:
            continue
        changed = True
        transformation = _insertion(projected, combination)
        block = fmpz_mat(transformation) * fmpz_mat(rows[start:end])
        rows[start:end] = [[int(entry) for entry in row] for row in block.tolist()]
        columns = list(zip(*projected, strict=True))
        moved = [[sum(map(mul, row, column)) for column in columns] for row in transformation]
        directions, triangle = _orthonormal(moved)
        for i, row in enumerate(triangle):
            # What is before the window is not needed any more in this tour.
            coordinates[start + i][start:] = row
        for i in range(end, min(end + window, len(rows))):
            part = coordinates[i][start:end]
            coordinates[i][start:end] = [sum(map(mul, direction, part)) for direction in directions]
    return changed


def _insertion(projected: Sequence[Sequence[float]], combination: Sequence[int]) -> list[Row]:
    """Find the unimodular transformation that puts a combination first and reduces the rest."""
    scale = _FIXED_POINT / projected[0][0]
    fixed = fmpz_mat([[round(entry * scale) for entry in row] for row in projected])
    size = len(projected)
    generators = fmpz_mat([list(combination)] + [[int(i == j) for j in range(size)] for i in range(size)])
    # One generator too many: the first vector of the result is 0.
    _, transformation = (generators * fixed).lll(True)
    combined = (transformation * generators).tolist()
    return [[int(entry) for entry in row] for row in combined[1:]]


def _orthonormal(rows: Sequence[Sequence[float]]) -> tuple[list[list[float]], list[list[float]]]:
    """Orthonormalise: the directions, and the coordinates of each row along the directions up to its own."""
    directions: list[list[float]] = []
    triangle: list[list[float]] = []
    for row in rows:
        rest = list(row)
        coordinates = []
        for direction in directions:
            coordinate = sum(map(mul, rest, direction))
            coordinates.append(coordinate)
            rest = [entry - coordinate * other for entry, other in zip(rest, direction, strict=True)]
        length = sqrt(sum(map(mul, rest, rest)))
        coordinates.append(length)
        directions.append([entry / length for entry in rest])
        triangle.append(coordinates)
    return directions, triangle


def _shortest(projected: Sequence[Sequence[float]]) -> list[int] | None:
    """Find a combination that is shorter than the first vector, and as short as any (with pruning)."""
    size = len(projected)
    diagonal = [projected[i][i] for i in range(size)]
    norms = [length * length for length in reversed(diagonal)]
    coefficients = [
        [projected[later][place] / diagonal[place] for later in range(size - 1, place, -1)]
        for place in range(size - 1, -1, -1)
    ]
    best: list[int] | None = None
    radius = _SHORTER * diagonal[0] ** 2
    shares = [min(1.0, 1.05 * (depth + 1) / size + 0.12) for depth in range(size)]
    bounds = [radius * share for share in shares]
    multiples: list[int] = []
    middles, chosen, steps = [0.0] * size, [0] * size, [1] * size
    lengths = [0.0] * size
    depth = 0
    while True:
        distance = middles[depth] - chosen[depth]
        length = lengths[depth] + distance * distance * norms[depth]
        if length <= bounds[depth]:
            multiples.append(chosen[depth])
            if depth < size - 1:
                depth += 1
                lengths[depth] = length
                middle = -sum(map(mul, coefficients[depth], multiples))
                middles[depth] = middle
                chosen[depth] = round(middle)
                steps[depth] = 1 if middle > chosen[depth] else -1
                continue
            if any(multiples):
                best = multiples[::-1]
                bounds = [_SHORTER * length * share for share in shares]
            multiples.pop()
        elif depth == 0:
            return best
        else:
            depth -= 1
            multiples.pop()
        if not any(multiples):
            # A vector and its opposite are as long: go one way only.
            chosen[depth] += 1
        else:
            chosen[depth] += steps[depth]
            steps[depth] = -steps[depth] - (1 if steps[depth] > 0 else -1)
