"""
Parameters of BN254 and the generators of the protocol (section 1).

Points are written as the words of EIP-196 and EIP-197: a G1 point as ``(x, y)``, a G2 point as
``(x_imaginary, x_real, y_imaginary, y_real)``, where an element of ``F_q2`` is ``real + imaginary * i`` and
``i^2 = -1``. All zeros stand for the identity.
"""

from typing import Final, TypeAlias

G1Words: TypeAlias = tuple[int, int]
G2Words: TypeAlias = tuple[int, int, int, int]

FIELD_MODULUS: Final = 21888242871839275222246405745257275088696311157297823662689037894645226208583
"""``q``: the prime of the field that holds the coordinates."""

GROUP_ORDER: Final = 21888242871839275222246405745257275088548364400416034343698204186575808495617
"""``r``: the prime order of G1 and G2, and the field of all scalars and shares."""

TWIST_COFACTOR: Final = 2 * FIELD_MODULUS - GROUP_ORDER
"""The number of points on the twist, divided by ``r``."""

G1_CURVE_CONSTANT: Final = 3
"""``b`` of the curve ``y^2 = x^3 + b`` of G1. The twist has ``3 / (9 + i)`` in its place."""

G1_IDENTITY_WORDS: Final[G1Words] = (0, 0)
G2_IDENTITY_WORDS: Final[G2Words] = (0, 0, 0, 0)

G_WORDS: Final[G1Words] = (1, 2)
"""``G``: the generator of G1."""

U_WORDS: Final[G2Words] = (
    11559732032986387107991004021392285783925812861821192530917403151452391805634,
    10857046999023057135944570762232829481370756359578518086990519993285655852781,
    4082367875863433681332203403145435568316851327593401208105741076214120093531,
    8495653923123431417604973247489272438418190587263600148770280649306958101930,
)
"""``U``: the standard generator of G2."""

V_WORDS: Final[G2Words] = (
    11283460084224054936551646983409541756874823826804077614620511104869273131683,
    10773232097488042202296138697001231737902848477177761295813825535879241223495,
    10814680862831723115345360866216417875129868950501886881387530088737941359980,
    14860882928449150124381374071446677067423905486347988935622854501317867562864,
)
"""``V``: the second generator of G2, whose logarithm nobody knows; `second_generator` derives it."""
