"""How each box of the registry is put together; what it does is told by the classes it is made of."""

from __future__ import annotations

from typing import Final

from .box import SimulatedBox
from .box_setting import BoxSetting
from .crashing import Crashing
from .early_stop import EarlyStop
from .errors_at_a_rate import SilentErrors
from .fixed_input_errors import FixedInputErrors, KeyedOn
from .framing import Framing
from .malformed import Malformed, NonCanonical
from .memory import RefusesChangedAnswers, RemembersInputs
from .over_asking import Dropping, OverAsking
from .over_provisioned import OverProvisioned
from .own_share_first import OwnShareFirst
from .point_choosers import RegisteredOnly
from .self_checking import RecognisesSecret, SelfChecking
from .slow import Slow
from .without_shares import Constant, Guessing, Silent, SuppliedOnly

_FEW_ANSWERS: Final = 16
_SECONDS: Final = 0.001


def perfect(setting: BoxSetting) -> SimulatedBox:
    """Make a box that is always right."""
    return setting.perfect()


def random_errors(setting: BoxSetting) -> SimulatedBox:
    """Make a box that now and then returns a random scalar."""
    return setting.erring(setting.perfect())


def silent_errors(setting: BoxSetting) -> SimulatedBox:
    """Make a box that now and then returns nothing."""
    return SilentErrors(setting.perfect(), setting.error_rate, setting.sequence("silent errors"))


def fixed_errors_by_points(setting: BoxSetting) -> SimulatedBox:
    """Make a box for which a set of points is good or bad."""
    return FixedInputErrors(setting.perfect(), setting.error_rate, setting.seed, KeyedOn.POINTS)


def fixed_errors_by_input(setting: BoxSetting) -> SimulatedBox:
    """Make a box for which an input is good or bad."""
    return FixedInputErrors(setting.perfect(), setting.error_rate, setting.seed, KeyedOn.EVERYTHING)


def framing(setting: BoxSetting) -> SimulatedBox:
    """Make a box whose errors frame others."""
    return Framing(setting.perfect(), setting.framed(), setting.error_rate, setting.sequence("framing"))


def framing_always(setting: BoxSetting) -> SimulatedBox:
    """Make a box that does nothing but frame others."""
    return Framing(setting.perfect(), setting.framed(), 1.0, setting.sequence("framing"))


def registered_only(setting: BoxSetting) -> SimulatedBox:
    """Make a box that accepts the participants' points only."""
    return setting.erring(RegisteredOnly(setting.perfect(), setting.session.points))


def over_provisioned_by_one(setting: BoxSetting) -> SimulatedBox:
    """Make a box that uses all its shares but one, or its only one."""
    used = max(1, len(setting.leaked) - 1)
    return setting.erring(OverProvisioned(setting.shares, setting.threshold, used, setting.seed))


def over_provisioned_twice(setting: BoxSetting) -> SimulatedBox:
    """Make a box that uses half of its shares, rounded up."""
    used = (len(setting.leaked) + 1) // 2
    return setting.erring(OverProvisioned(setting.shares, setting.threshold, used, setting.seed))


def drops_last(setting: BoxSetting) -> SimulatedBox:
    """Make a box that ignores the last supplied shares."""
    return setting.erring(OverAsking(setting.perfect(), setting.spare, Dropping.LAST))


def drops_fixed(setting: BoxSetting) -> SimulatedBox:
    """Make a box that ignores the shares at fixed places."""
    return setting.erring(OverAsking(setting.perfect(), setting.spare, Dropping.FIXED, setting.seed))


def drops_varying(setting: BoxSetting) -> SimulatedBox:
    """Make a box that ignores other supplied shares every time."""
    return setting.erring(OverAsking(setting.perfect(), setting.spare, Dropping.VARYING, setting.seed))


def own_share_first(setting: BoxSetting) -> SimulatedBox:
    """Make a box that prefers its own shares."""
    return setting.erring(OwnShareFirst(setting.shares, setting.threshold, setting.spare))


def own_share_first_registered(setting: BoxSetting) -> SimulatedBox:
    """Make a box that prefers its own shares and accepts the participants' points only."""
    box = OwnShareFirst(setting.shares, setting.threshold, setting.spare)
    return setting.erring(RegisteredOnly(box, setting.session.points))


def remembers_inputs(setting: BoxSetting) -> SimulatedBox:
    """Make a box that refuses a point with a second value."""
    return setting.erring(RemembersInputs(setting.perfect()))


def remembers_inputs_registered(setting: BoxSetting) -> SimulatedBox:
    """Make a box that refuses a point with a second value and accepts the participants' points only."""
    return setting.erring(RegisteredOnly(RemembersInputs(setting.perfect()), setting.session.points))


def refuses_changed_answers(setting: BoxSetting) -> SimulatedBox:
    """Make a box that has one answer only."""
    return RefusesChangedAnswers(setting.perfect())


def stops_after_one(setting: BoxSetting) -> SimulatedBox:
    """Make a box that answers once."""
    return EarlyStop(setting.perfect(), 1)


def stops_after_few(setting: BoxSetting) -> SimulatedBox:
    """Make a box that answers 16 times; wrong answers count."""
    return EarlyStop(setting.erring(setting.perfect()), _FEW_ANSWERS)


def slow(setting: BoxSetting) -> SimulatedBox:
    """Make a box that waits a millisecond before every answer."""
    return setting.erring(Slow(setting.perfect(), _SECONDS))


def crashing(setting: BoxSetting) -> SimulatedBox:
    """Make a box that now and then raises."""
    return Crashing(setting.perfect(), setting.error_rate, setting.sequence("crashes"))


def malformed(setting: BoxSetting) -> SimulatedBox:
    """Make a box that now and then returns no integer, or one out of range."""
    return Malformed(setting.perfect(), setting.error_rate, setting.sequence("malformed answers"))


def non_canonical(setting: BoxSetting) -> SimulatedBox:
    """Make a box that now and then adds ``r``."""
    return NonCanonical(setting.perfect(), setting.error_rate, setting.sequence("non-canonical answers"))


def self_checking(setting: BoxSetting) -> SimulatedBox:
    """Make a box that over-determines its input."""
    return SelfChecking(setting.shares, setting.threshold)


def recognises_secret(setting: BoxSetting) -> SimulatedBox:
    """Make a box that knows the public key of the secret."""
    return RecognisesSecret(setting.perfect(), setting.session.traced.keys.PK)


def silent(setting: BoxSetting) -> SimulatedBox:
    """Make a box that never answers."""
    return Silent(setting.needed)


def constant(setting: BoxSetting) -> SimulatedBox:
    """Make a box that holds the secret instead of shares."""
    return Constant(setting.needed, setting.session.secret)


def guessing(setting: BoxSetting) -> SimulatedBox:
    """Make a box that guesses."""
    return Guessing(setting.needed, setting.seed)


def supplied_only(setting: BoxSetting) -> SimulatedBox:
    """Make a box that uses nothing but what it gets."""
    return SuppliedOnly(setting.needed)
