"""
Subset product by meeting in the middle: one right evaluation tells who leaked (docs/tracing.md).

A product of known factors is split in two: the products of some sets lie in a table, what they leave of the
given product is looked up. 254 bits leave no room for coincidence, so the answer is certain, whatever the
number of factors chosen; but the work grows fast. Two ways to split are offered, and `products_needed` tells
what the cheaper one costs: about 0.3 microseconds for each product.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Sequence
from itertools import chain, compress, count, islice
from math import comb
from typing import Final

from flint import fmpz_mod, fmpz_mod_ctx

from tcss_chain.curve import GROUP_ORDER, batch_inverse

_FIELD: Final = fmpz_mod_ctx(GROUP_ORDER)


def products_needed(unknowns: int, weight: int | None) -> int:
    """
    Tell how many products `subset_products` tabulates and looks up for the first product sought.

    Parameters
    ----------
    unknowns : int
        How many factors there are.
    weight : int, optional
        How many of them were multiplied; None if that is unknown.

    Returns
    -------
    int
        The number of products. A million takes some 0.5 s and 0.2 GB.
    """
    halves = _halves_cost(unknowns, unknowns if weight is None else weight)
    return halves if weight is None else min(halves, _median_cost(unknowns, weight))


def subset_products(factors: Sequence[int], weight: int | None) -> SubsetProducts:
    """
    Make the cheaper table.

    Parameters
    ----------
    factors : sequence of int
        Non-zero scalars.
    weight : int, optional
        How many of them were multiplied; None if that is unknown.

    Returns
    -------
    SubsetProducts
        The table, ready for any number of products.

    Raises
    ------
    ZeroInverseError
        If a factor is 0 modulo ``r``.
    """
    unknowns = len(factors)
    if weight is None or _halves_cost(unknowns, weight) <= _median_cost(unknowns, weight):
        return HalvedProducts(factors, unknowns if weight is None else weight)
    return MedianProducts(factors, weight)


class SubsetProducts(ABC):
    """
    A table of the products of some sets of factors, to be met by those of other sets.

    Parameters
    ----------
    factors : sequence of int
        Non-zero scalars.

    Raises
    ------
    ZeroInverseError
        If a factor is 0 modulo ``r``.
    """

    def __init__(self, factors: Sequence[int]) -> None:
        self._factors = tuple(factor % GROUP_ORDER for factor in factors)
        self._elements = [_FIELD(factor) for factor in self._factors]
        self._inverses = [_FIELD(inverted) for inverted in batch_inverse(self._factors)]

    @abstractmethod
    def subsets(self, product: int, sizes: Collection[int]) -> Iterator[tuple[int, ...]]:
        """
        Find all sets with a given product.

        Parameters
        ----------
        product : int
            A scalar.
        sizes : collection of int
            How many factors the sets may have, as far as the table was made for them.

        Yields
        ------
        tuple of int
            Places in `factors`, ascending; each set once.
        """

    def _is_product(self, places: Sequence[int], product: int) -> bool:
        actual = 1
        for place in places:
            actual = actual * self._factors[place] % GROUP_ORDER
        return actual == product % GROUP_ORDER


class HalvedProducts(SubsetProducts):
    """
    The products of the sets within the first half of the factors are tabulated, those of the rest looked up.

    Parameters
    ----------
    factors : sequence of int
        Non-zero scalars.
    max_size : int
        How many factors the largest set sought has.

    Raises
    ------
    ZeroInverseError
        If a factor is 0 modulo ``r``.
    """

    def __init__(self, factors: Sequence[int], max_size: int) -> None:
        super().__init__(factors)
        self._max_size = max_size
        split = len(self._factors) // 2
        by_size = _products_by_size(self._elements[:split], max_size)
        self._table = _Table([(0, size, products) for size, products in enumerate(by_size)])
        # What is looked up includes no products of the largest sets: each comes from a smaller one.
        self._split = split
        self._smaller = _products_by_size(self._inverses[split:-1], min(max_size, len(factors) - split) - 1)

    def subsets(self, product: int, sizes: Collection[int]) -> Iterator[tuple[int, ...]]:
        """Find all sets with a given product; see `SubsetProducts`."""
        largest = min(max(sizes, default=-1), self._max_size)
        for size in range(min(largest, len(self._factors) - self._split) + 1):
            smaller = self._smaller[size - 1] if size else []
            for one, other in self._table.met(product, self._inverses[self._split :], smaller, size):
                found = one + tuple(self._split + place for place in other)
                if len(found) in sizes and self._is_product(found, product):
                    yield found


class MedianProducts(SubsetProducts):
    """
    Halves of a set of known size: cheap for few factors of many.

    Of a set of `weight` factors, either the first half of its members lies in the first half of the factors,
    or the last half of them in the second half; which, the median member tells. So the table needs sets of
    half the size from one half of the factors only, and sets of half the size from all factors are looked up.

    Parameters
    ----------
    factors : sequence of int
        Non-zero scalars.
    weight : int
        How many factors the sets have.

    Raises
    ------
    ZeroInverseError
        If a factor is 0 modulo ``r``.
    """

    def __init__(self, factors: Sequence[int], weight: int) -> None:
        super().__init__(factors)
        self._weight = weight
        larger = -(-weight // 2)
        split = len(self._factors) // 2
        blocks = []
        for first, elements in ((0, self._elements[:split]), (split, self._elements[split:])):
            by_size = _products_by_size(elements, larger)
            if larger < len(by_size):
                blocks.append((first, larger, by_size[larger]))
        self._table = _Table(blocks)
        by_size = _products_by_size(self._inverses[:-1], weight // 2 - 1)
        self._smaller = by_size[-1] if weight > 1 else []

    def subsets(self, product: int, sizes: Collection[int]) -> Iterator[tuple[int, ...]]:
        """Find all sets with a given product; see `SubsetProducts`."""
        if self._weight not in sizes or self._weight > len(self._factors):
            return
        seen: set[tuple[int, ...]] = set()
        for one, other in self._table.met(product, self._inverses, self._smaller, self._weight // 2):
            found = tuple(sorted({*one, *other}))
            # A set can be split in many ways; those that share a factor are none of them.
            if len(found) == self._weight and found not in seen and self._is_product(found, product):
                seen.add(found)
                yield found


class _Table:
    """
    Sets of places by the hash of their product. Hashes have 61 bits: hits are to be verified.

    It is made from blocks ``(first, size, products)``: the products of all sets of `size` elements, in
    colexicographic order; `first` is the place of their first element.
    """

    def __init__(self, blocks: Sequence[tuple[int, int, Sequence[fmpz_mod]]]) -> None:
        # Of each block: where it starts in the table, its first place and the size of its sets.
        self._blocks: list[tuple[int, int, int]] = []
        total = 0
        for first, size, products in blocks:
            self._blocks.append((total, first, size))
            total += len(products)
        products_of_all = chain.from_iterable(products for _, _, products in blocks)
        self._index = dict(zip(map(hash, products_of_all), count(), strict=False))
        self._more: dict[int, list[int]] = {}
        if len(self._index) < total:
            # Some products are equal, as those of 2 and 1/2 with that of nothing. All must be found.
            for index, product in enumerate(chain.from_iterable(products for _, _, products in blocks)):
                if self._index[hash(product)] != index:
                    self._more.setdefault(hash(product), []).append(index)

    def met(
        self, product: int, inverses: Sequence[fmpz_mod], smaller: Sequence[fmpz_mod], size: int
    ) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
        """
        Look up what all sets of `size` elements leave of a product.

        `smaller` are the products of the inverses of all sets with one element less, in colexicographic
        order: those of the first elements come first, so each element multiplies a part from the front.
        """
        target = _FIELD(product % GROUP_ORDER)
        if target == 0:
            return
        if size == 0:
            yield from ((one, ()) for one in self._sets(hash(target)))
            return
        contains = self._index.__contains__
        for place in range(size - 1, len(inverses)):
            scalar = target * inverses[place]
            keys = map(hash, map(scalar.__mul__, islice(smaller, comb(place, size - 1))))
            for rank in compress(count(), map(contains, keys)):
                other = (*_combination(rank, size - 1), place)
                for one in self._sets(hash(scalar * smaller[rank])):
                    yield one, other

    def _sets(self, key: int) -> Iterator[tuple[int, ...]]:
        indexes = [self._index[key]] if key in self._index else []
        for index in indexes + self._more.get(key, []):
            start, first, size = next(block for block in reversed(self._blocks) if block[0] <= index)
            yield tuple(first + place for place in _combination(index - start, size))


def _products_by_size(elements: Sequence[fmpz_mod], max_size: int) -> list[list[fmpz_mod]]:
    """List the products of all sets of 0, 1, ... elements, each size in colexicographic order."""
    by_size = [[_FIELD(1)]]
    for size in range(1, min(max_size, len(elements)) + 1):
        smaller = by_size[-1]
        products: list[fmpz_mod] = []
        for place in range(size - 1, len(elements)):
            products += map(elements[place].__mul__, islice(smaller, comb(place, size - 1)))
        by_size.append(products)
    return by_size


def _combination(rank: int, size: int) -> tuple[int, ...]:
    """Find the set of a given rank in colexicographic order, ascending."""
    places = []
    for remaining in range(size, 0, -1):
        place = remaining - 1
        while comb(place + 1, remaining) <= rank:
            place += 1
        places.append(place)
        rank -= comb(place, remaining)
    return tuple(reversed(places))


def _halves_cost(unknowns: int, max_size: int) -> int:
    first, second = unknowns // 2, unknowns - unknowns // 2
    return sum(comb(first, size) + comb(second, size) for size in range(max_size + 1))


def _median_cost(unknowns: int, weight: int) -> int:
    first, second, larger = unknowns // 2, unknowns - unknowns // 2, -(-weight // 2)
    return comb(first, larger) + comb(second, larger) + comb(unknowns, weight // 2)
