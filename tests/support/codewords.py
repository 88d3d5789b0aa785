"""Received words with planted polynomials, and all polynomials through enough points, by trying."""

from itertools import combinations

from tcss_chain.curve import GROUP_ORDER, evaluate


def random_polynomial(rng, dimension, modulus=GROUP_ORDER):
    return tuple(rng.randrange(modulus) for _ in range(dimension))


def distinct_scalars(rng, count):
    drawn = set()
    while len(drawn) < count:
        drawn.add(rng.randrange(1, GROUP_ORDER))
    return rng.sample(sorted(drawn), count)


def planted_points(rng, length, dimension, agreement):
    """Make a random polynomial and points of which exactly that many are on it."""
    planted = random_polynomial(rng, dimension)
    right = set(rng.sample(range(length), agreement))
    points = []
    for index, x in enumerate(distinct_scalars(rng, length)):
        y = evaluate(planted, x)
        points.append((x, y if index in right else (y + rng.randrange(1, GROUP_ORDER)) % GROUP_ORDER))
    return planted, points


def all_polynomials_by_subsets(points, dimension, agreement, modulus=GROUP_ORDER):
    """List every polynomial through that many points: each is fixed by some `dimension` of them."""
    found = set()
    for subset in combinations(points, dimension):
        coefficients = lagrange_coefficients(subset, modulus)
        if agreement_of(coefficients, points, modulus) >= agreement:
            found.add(coefficients)
    return found


def agreement_of(coefficients, points, modulus=GROUP_ORDER):
    """Count the points that a polynomial passes through."""
    return sum(
        (sum(c * pow(x, m, modulus) for m, c in enumerate(coefficients)) - y) % modulus == 0
        for x, y in points
    )


def lagrange_coefficients(points, modulus):
    """Interpolate in the most direct way, independently of the code under test."""
    total = [0] * len(points)
    for x_i, y_i in points:
        basis, denominator = [1], 1
        for x_m, _ in points:
            if x_m != x_i:
                # Multiply by (X - x_m).
                basis = [
                    (low - x_m * high) % modulus for low, high in zip([0, *basis], [*basis, 0], strict=True)
                ]
                denominator = denominator * (x_i - x_m) % modulus
        scale = y_i * pow(denominator, -1, modulus)
        total = [(t + scale * b) % modulus for t, b in zip(total, basis, strict=True)]
    return tuple(total)
