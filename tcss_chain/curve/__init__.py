"""
BN254: scalars, points, the pairing check, and the decoding of what comes from outside (protocol section 1).

Computation on points goes through one of two backends; `active_backend_name` tells which.
"""

from .constants import FIELD_MODULUS, GROUP_ORDER, G1Words, G2Words
from .decoding import (
    decode_g1,
    decode_g1_bytes,
    decode_g2,
    decode_g2_bytes,
    decode_scalar,
    encode_scalar,
)
from .points import G1, G2, G, U, V, pairing_product_is_one
from .scalars import (
    batch_inverse,
    evaluate,
    interpolate_at_zero,
    inverse,
    lagrange_at_zero,
    powers,
    random_nonzero_scalar,
    random_scalar,
)
from .selection import active_backend_name

__all__ = [
    "FIELD_MODULUS",
    "G1",
    "G2",
    "GROUP_ORDER",
    "G",
    "G1Words",
    "G2Words",
    "U",
    "V",
    "active_backend_name",
    "batch_inverse",
    "decode_g1",
    "decode_g1_bytes",
    "decode_g2",
    "decode_g2_bytes",
    "decode_scalar",
    "encode_scalar",
    "evaluate",
    "interpolate_at_zero",
    "inverse",
    "lagrange_at_zero",
    "pairing_product_is_one",
    "powers",
    "random_nonzero_scalar",
    "random_scalar",
]
