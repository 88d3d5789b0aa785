"""The auditor's work: querying a box, finding out who leaked, and the evidence for the proof."""

from .box import AnswerProblem, Box, CallableBox, ReportingBox, Share
from .events import CandidateConfirmed, CandidateRefuted, Progressed, QueryMade, RoundStarted, TraceEvent
from .http_box import HttpBox
from .outcome import AnswerRate, NotTraced, NotTracedReason, Remaining, Trace
from .plan import TracePlan
from .query_log import Transcript
from .randomness import TraceRandomness
from .sealed_keys import SealedKeys, open_sealed_keys
from .strategy import StrategyName
from .traced_session import TracedSession
from .tracer import trace_box

__all__ = [
    "AnswerProblem",
    "AnswerRate",
    "Box",
    "CallableBox",
    "CandidateConfirmed",
    "CandidateRefuted",
    "HttpBox",
    "NotTraced",
    "NotTracedReason",
    "Progressed",
    "QueryMade",
    "Remaining",
    "ReportingBox",
    "RoundStarted",
    "SealedKeys",
    "Share",
    "StrategyName",
    "Trace",
    "TraceEvent",
    "TracePlan",
    "TraceRandomness",
    "TracedSession",
    "Transcript",
    "open_sealed_keys",
    "trace_box",
]
