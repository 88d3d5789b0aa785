"""
Simulated pirate boxes of every kind, and simulated sessions that they belong to.

They serve tests and benchmarks of the tracer. All are repeatable from a seed; nothing secret depends on them.
"""

from .box import BoxAround, Share, SimulatedBox
from .box_setting import BoxSetting
from .crashing import Crashing, Unprintable
from .early_stop import EarlyStop
from .errors import BestiaryError, SimulationSettingError
from .errors_at_a_rate import RandomErrors, SilentErrors
from .fixed_input_errors import FixedInputErrors, KeyedOn
from .framing import Framing
from .malformed import Malformed, NonCanonical, SlyInteger, malformed_answers
from .memory import RefusesChangedAnswers, RemembersInputs
from .over_asking import Dropping, OverAsking
from .over_provisioned import OverProvisioned
from .own_share_first import OwnShareFirst
from .point_choosers import RefusedPoints, RegisteredOnly
from .reconstruction import Reconstruction
from .registry import BESTIARY, BestiaryEntry, Expected
from .seeded_randomness import seeded_sequence
from .self_checking import RecognisesSecret, SelfChecking
from .simulated_session import SimulatedSession, simulate_session
from .slow import Slow
from .without_shares import Constant, Guessing, Silent, SuppliedOnly

__all__ = [
    "BESTIARY",
    "BestiaryEntry",
    "BestiaryError",
    "BoxAround",
    "BoxSetting",
    "Constant",
    "Crashing",
    "Dropping",
    "EarlyStop",
    "Expected",
    "FixedInputErrors",
    "Framing",
    "Guessing",
    "KeyedOn",
    "Malformed",
    "NonCanonical",
    "OverAsking",
    "OverProvisioned",
    "OwnShareFirst",
    "RandomErrors",
    "RecognisesSecret",
    "Reconstruction",
    "RefusedPoints",
    "RefusesChangedAnswers",
    "RegisteredOnly",
    "RemembersInputs",
    "SelfChecking",
    "Share",
    "Silent",
    "SilentErrors",
    "SimulatedBox",
    "SimulatedSession",
    "SimulationSettingError",
    "Slow",
    "SlyInteger",
    "SuppliedOnly",
    "Unprintable",
    "malformed_answers",
    "seeded_sequence",
    "simulate_session",
]
