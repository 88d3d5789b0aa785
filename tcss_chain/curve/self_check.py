"""A quick check, against results frozen here, that a backend computes on the right curve."""

from typing import Final

from .backend import CurveBackend
from .constants import (
    FIELD_MODULUS,
    G1_IDENTITY_WORDS,
    G2_IDENTITY_WORDS,
    G_WORDS,
    GROUP_ORDER,
    U_WORDS,
    G1Words,
    G2Words,
)
from .errors import BackendUnavailableError

_DOUBLE_G: Final[G1Words] = (
    1368015179489954701390400359078579693043519447331113978918064868415326638035,
    9918110051302171585080402603319702774565515993150576347155970296011118125764,
)
_DOUBLE_U: Final[G2Words] = (
    14583779054894525174450323658765874724019480979794335525732096752006891875705,
    18029695676650738226693292988307914797657423701064905010927197838374790804409,
    11474861747383700316476719153975578001603231366361248090558603872215261634898,
    2140229616977736810657479771656733941598412651537078903776637920509952744750,
)
# On the twist with x = 1, outside the subgroup of order r.
_OUTSIDE_SUBGROUP: Final[G2Words] = (
    0,
    1,
    5912654199736721486680175016176231956195085055698687135131307249486702594212,
    18278151005453108793778860132295291098363647455926340152056652516292830556603,
)


def check_backend(backend: CurveBackend) -> None:
    """
    Compare a backend with known results, among them the identity, the subgroup check and the pairing.

    Parameters
    ----------
    backend : CurveBackend
        The backend to try.

    Raises
    ------
    BackendUnavailableError
        If a result is wrong; the reason names it.
    BackendFailureError
        If an operation fails.
    """
    for reason, holds in (
        ("a wrong result in G1", _g1_works(backend)),
        ("a wrong result in G2", _g2_works(backend)),
        ("a point outside the subgroup is accepted", backend.g2_from_affine(_OUTSIDE_SUBGROUP) is None),
        ("a wrong result of the pairing", _pairing_works(backend)),
    ):
        if not holds:
            raise BackendUnavailableError(backend.name, reason)


def _g1_works(backend: CurveBackend) -> bool:
    generator = backend.g1_from_affine(G_WORDS)
    identity = backend.g1_from_affine(G1_IDENTITY_WORDS)
    opposite = backend.g1_neg(generator)
    double = backend.g1_add(generator, generator)
    return (
        backend.g1_to_affine(double) == _DOUBLE_G
        and backend.g1_to_affine(opposite) == (G_WORDS[0], FIELD_MODULUS - G_WORDS[1])
        and backend.g1_eq(backend.g1_mul(generator, GROUP_ORDER - 1), opposite)
        and not backend.g1_eq(generator, opposite)
        and backend.g1_to_affine(backend.g1_add(generator, opposite)) == G1_IDENTITY_WORDS
        and backend.g1_is_identity(backend.g1_mul(generator, 0))
        and not backend.g1_is_identity(generator)
        and backend.g1_is_identity(backend.g1_msm([], []))
        and backend.g1_eq(backend.g1_msm([identity, generator, double], [5, GROUP_ORDER - 1, 1]), generator)
    )


def _g2_works(backend: CurveBackend) -> bool:
    generator = backend.g2_from_affine(U_WORDS)
    identity = backend.g2_from_affine(G2_IDENTITY_WORDS)
    opposite = backend.g2_neg(generator)
    double = backend.g2_add(generator, generator)
    return (
        backend.g2_to_affine(double) == _DOUBLE_U
        and backend.g2_eq(backend.g2_mul(generator, GROUP_ORDER - 1), opposite)
        and not backend.g2_eq(generator, opposite)
        and backend.g2_to_affine(backend.g2_add(generator, opposite)) == G2_IDENTITY_WORDS
        and backend.g2_is_identity(backend.g2_mul(generator, 0))
        and not backend.g2_is_identity(generator)
        and backend.g2_is_identity(backend.g2_msm([], []))
        and backend.g2_eq(backend.g2_msm([identity, generator, double], [5, GROUP_ORDER - 1, 1]), generator)
    )


def _pairing_works(backend: CurveBackend) -> bool:
    g1 = backend.g1_from_affine(G_WORDS)
    g2 = backend.g2_from_affine(U_WORDS)
    opposite_double_g1 = backend.g1_neg(backend.g1_add(g1, g1))
    double_g2 = backend.g2_add(g2, g2)
    return backend.pairing_product_is_one(
        [g1, opposite_double_g1], [double_g2, g2]
    ) and not backend.pairing_product_is_one([g1, g1], [double_g2, g2])
