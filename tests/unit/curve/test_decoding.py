"""The border refuses everything that is not canonical, with the right error and without showing the value."""

import io
from contextlib import redirect_stderr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tcss_chain.curve import (
    G1,
    G2,
    G,
    U,
    V,
    decode_g1,
    decode_g1_bytes,
    decode_g2,
    decode_g2_bytes,
    decode_scalar,
    encode_scalar,
)
from tcss_chain.curve.constants import FIELD_MODULUS as Q
from tcss_chain.curve.constants import GROUP_ORDER as R
from tcss_chain.curve.constants import U_WORDS
from tcss_chain.curve.errors import (
    CoordinateOutOfRangeError,
    CurveDecodingError,
    EncodingLengthError,
    IdentityNotAllowedError,
    NotInSubgroupError,
    NotOnCurveError,
    ScalarOutOfRangeError,
    WordTypeError,
)
from tcss_chain.errors import TcssError

OUTSIDE_SUBGROUP = (
    0,
    1,
    5912654199736721486680175016176231956195085055698687135131307249486702594212,
    18278151005453108793778860132295291098363647455926340152056652516292830556603,
)
HUGE = 2**100_000
NOT_INTEGERS = [True, False, None, 1.0, "1", (1,), [1], bytearray(32)]
COORDINATE_NAMES = ("x_imaginary", "x_real", "y_imaginary", "y_real")

edges = [0, 1, 2, Q - 2, Q - 1, Q, Q + 1, Q + 2]
words = st.integers(min_value=-2, max_value=2**256 - 1) | st.sampled_from(edges)


def big_endian(*values):
    return b"".join(value.to_bytes(32, "big") for value in values)


class TestScalars:
    @pytest.mark.parametrize("scalar", [0, 1, R - 1])
    def test_canonical_scalars_round_trip(self, scalar):
        assert decode_scalar(scalar) == scalar
        assert decode_scalar(scalar.to_bytes(32, "big")) == scalar
        assert encode_scalar(scalar) == scalar.to_bytes(32, "big")

    @pytest.mark.parametrize("value", [R, R + 1, 2**256 - 1, -1, big_endian(R), b"\xff" * 32])
    def test_out_of_range(self, value):
        with pytest.raises(ScalarOutOfRangeError, match="canonical"):
            decode_scalar(value)

    @pytest.mark.parametrize("value", NOT_INTEGERS)
    def test_wrong_types(self, value):
        with pytest.raises(WordTypeError) as caught:
            decode_scalar(value)
        assert caught.value.type_name == type(value).__name__

    @pytest.mark.parametrize("length", [0, 31, 33, 64])
    def test_wrong_lengths(self, length):
        with pytest.raises(EncodingLengthError) as caught:
            decode_scalar(bytes(length))
        assert (caught.value.expected, caught.value.found) == (32, length)

    def test_encoding_refuses_what_is_not_canonical(self):
        with pytest.raises(ScalarOutOfRangeError):
            encode_scalar(R)
        with pytest.raises(ScalarOutOfRangeError):
            encode_scalar(-1)
        with pytest.raises(WordTypeError):
            encode_scalar(bytes(32))

    def test_errors_name_the_value_but_do_not_show_it(self):
        secret = R + 123456789
        with pytest.raises(ScalarOutOfRangeError) as caught:
            decode_scalar(secret, name="answer")
        assert caught.value.value_name == "answer"
        assert str(caught.value).startswith("answer: ")
        assert str(secret) not in repr(caught.value)
        assert f"{secret:x}" not in repr(caught.value)


class TestG1:
    def test_known_points(self):
        assert decode_g1(1, 2, allow_identity=False) == G
        assert decode_g1(1, Q - 2, allow_identity=False) == -G

    def test_identity_only_where_it_is_allowed(self):
        assert decode_g1(0, 0, allow_identity=True) == G1.identity()
        with pytest.raises(IdentityNotAllowedError):
            decode_g1(0, 0, allow_identity=False)

    @pytest.mark.parametrize(
        ("x", "y", "coordinate"),
        [
            (1 + Q, 2, "x"),
            (1, 2 + Q, "y"),
            (Q, 0, "x"),
            (0, Q, "y"),
            (-1, 2, "x"),
            (1, -2, "y"),
            (1, 2 - Q, "y"),
        ],
    )
    def test_coordinates_out_of_range(self, x, y, coordinate):
        with pytest.raises(CoordinateOutOfRangeError, match="canonical") as caught:
            decode_g1(x, y, allow_identity=True)
        assert caught.value.coordinate == coordinate

    @pytest.mark.parametrize(("x", "y"), [(1, 3), (2, 1), (0, 1), (1, 0), (Q - 1, Q - 1)])
    def test_points_off_the_curve(self, x, y):
        with pytest.raises(NotOnCurveError) as caught:
            decode_g1(x, y, allow_identity=True)
        assert caught.value.group_name == "G1"

    @pytest.mark.parametrize("value", [*NOT_INTEGERS, big_endian(1)])
    def test_wrong_types(self, value):
        with pytest.raises(WordTypeError):
            decode_g1(value, 2, allow_identity=True)
        with pytest.raises(WordTypeError):
            decode_g1(1, value, allow_identity=True)

    @settings(max_examples=10, deadline=None)
    @given(st.integers(min_value=0, max_value=R - 1))
    def test_bytes_round_trip(self, scalar):
        point = G * scalar
        encoded = point.to_bytes()
        assert len(encoded) == 64
        assert encoded == big_endian(*point.words())
        assert decode_g1_bytes(encoded, allow_identity=True) == point

    def test_bytes_are_checked_too(self):
        with pytest.raises(EncodingLengthError):
            decode_g1_bytes(bytes(63), allow_identity=True)
        with pytest.raises(EncodingLengthError):
            decode_g1_bytes(bytes(128), allow_identity=True)
        with pytest.raises(CoordinateOutOfRangeError):
            decode_g1_bytes(big_endian(1 + Q, 2), allow_identity=True)
        with pytest.raises(NotOnCurveError):
            decode_g1_bytes(big_endian(2, 1), allow_identity=True)
        with pytest.raises(IdentityNotAllowedError):
            decode_g1_bytes(bytes(64), allow_identity=False)
        for value in ("00" * 64, bytearray(64), None, 5):
            with pytest.raises(WordTypeError):
                decode_g1_bytes(value, allow_identity=True)

    @given(words, words)
    def test_arbitrary_words_give_a_valid_point_or_a_decoding_error(self, x, y):
        canonical = 0 <= x < Q and 0 <= y < Q
        valid = canonical and ((x, y) == (0, 0) or (y * y - x**3 - 3) % Q == 0)
        if valid:
            assert decode_g1(x, y, allow_identity=True).words() == (x, y)
        else:
            with pytest.raises(NotOnCurveError if canonical else CoordinateOutOfRangeError):
                decode_g1(x, y, allow_identity=True)


class TestG2:
    def test_known_points(self):
        assert decode_g2(*U_WORDS, allow_identity=False) == U
        assert U.words() == U_WORDS

    def test_identity_only_where_it_is_allowed(self):
        assert decode_g2(0, 0, 0, 0, allow_identity=True) == G2.identity()
        with pytest.raises(IdentityNotAllowedError):
            decode_g2(0, 0, 0, 0, allow_identity=False)

    @pytest.mark.parametrize("place", range(4))
    @pytest.mark.parametrize("shift", [Q, -Q])
    def test_coordinates_out_of_range(self, place, shift):
        shifted = list(U_WORDS)
        shifted[place] += shift
        with pytest.raises(CoordinateOutOfRangeError) as caught:
            decode_g2(*shifted, allow_identity=True)
        assert caught.value.coordinate == COORDINATE_NAMES[place]

    @pytest.mark.parametrize("place", range(4))
    def test_points_off_the_twist(self, place):
        moved = list(U_WORDS)
        moved[place] ^= 1
        with pytest.raises(NotOnCurveError) as caught:
            decode_g2(*moved, allow_identity=True)
        assert caught.value.group_name == "G2"

    def test_real_parts_first_is_refused(self):
        x_imaginary, x_real, y_imaginary, y_real = U_WORDS
        with pytest.raises(NotOnCurveError, match="x_imaginary, x_real"):
            decode_g2(x_real, x_imaginary, y_real, y_imaginary, allow_identity=True)

    @pytest.mark.parametrize("negated", [False, True])
    def test_point_of_the_twist_outside_the_subgroup(self, negated):
        x_imaginary, x_real, y_imaginary, y_real = OUTSIDE_SUBGROUP
        if negated:
            y_imaginary, y_real = Q - y_imaginary, Q - y_real
        with pytest.raises(NotInSubgroupError) as caught:
            decode_g2(x_imaginary, x_real, y_imaginary, y_real, allow_identity=True, name="d_1")
        assert caught.value.value_name == "d_1"

    @pytest.mark.parametrize("place", range(4))
    @pytest.mark.parametrize("value", NOT_INTEGERS)
    def test_wrong_types(self, place, value):
        mixed = list(U_WORDS)
        mixed[place] = value
        with pytest.raises(WordTypeError):
            decode_g2(*mixed, allow_identity=True)

    @pytest.mark.parametrize("scalar", [0, 1, 2, 3, R - 1, R // 2, 0x123456789ABCDEF])
    def test_bytes_round_trip(self, scalar):
        for point in (U * scalar, V * scalar):
            encoded = point.to_bytes()
            assert len(encoded) == 128
            assert encoded == big_endian(*point.words())
            assert decode_g2_bytes(encoded, allow_identity=True) == point

    def test_bytes_are_checked_too(self):
        with pytest.raises(EncodingLengthError):
            decode_g2_bytes(bytes(64), allow_identity=True)
        with pytest.raises(CoordinateOutOfRangeError):
            decode_g2_bytes(b"\xff" * 128, allow_identity=True)
        with pytest.raises(NotOnCurveError):
            decode_g2_bytes(big_endian(1, 1, 1, 1), allow_identity=True)
        with pytest.raises(NotInSubgroupError):
            decode_g2_bytes(big_endian(*OUTSIDE_SUBGROUP), allow_identity=True)
        with pytest.raises(IdentityNotAllowedError):
            decode_g2_bytes(bytes(128), allow_identity=False)
        with pytest.raises(WordTypeError):
            decode_g2_bytes("00" * 128, allow_identity=True)

    @given(st.tuples(words, words, words, words).filter(any))
    def test_arbitrary_words_are_refused_as_out_of_range_or_off_the_twist(self, candidate):
        # Nobody meets a point of the twist by chance.
        canonical = all(0 <= word < Q for word in candidate)
        with pytest.raises(NotOnCurveError if canonical else CoordinateOutOfRangeError):
            decode_g2(*candidate, allow_identity=True)


def test_enormous_integers_are_refused_everywhere():
    with pytest.raises(ScalarOutOfRangeError):
        decode_scalar(HUGE)
    for words_of_g1 in ((HUGE, 2), (1, HUGE), (1 + HUGE * Q, 2)):
        with pytest.raises(CoordinateOutOfRangeError):
            decode_g1(*words_of_g1, allow_identity=True)
    for place in range(4):
        shifted = list(U_WORDS)
        shifted[place] += HUGE * Q
        with pytest.raises(CoordinateOutOfRangeError):
            decode_g2(*shifted, allow_identity=True)


def test_the_library_prints_nothing_while_points_are_refused(capfd):
    captured = io.StringIO()
    with redirect_stderr(captured):
        for attempt in (
            lambda: decode_g1(1, 3, allow_identity=True),
            lambda: decode_g1(1 + Q, 2, allow_identity=True),
            lambda: decode_g1(0, 0, allow_identity=False),
            lambda: decode_g2(*OUTSIDE_SUBGROUP, allow_identity=True),
            lambda: decode_g2(1, 2, 3, 4, allow_identity=True),
        ):
            with pytest.raises(CurveDecodingError):
                attempt()
    assert captured.getvalue() == ""
    assert capfd.readouterr().err == ""


def test_errors_belong_to_the_package():
    assert issubclass(CurveDecodingError, TcssError)
