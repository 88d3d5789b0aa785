"""The auditor's work: querying a box, finding out who leaked, and the evidence for the proof."""

from .box import AnswerProblem, Box, CallableBox, ReportingBox, Share
from .events import CandidateConfirmed, CandidateRefuted, QueryMade, RoundStarted, TraceEvent
from .http_box import HttpBox
from .outcome import NotTraced, NotTracedReason, Trace
from .plan import TracePlan
from .sealed_keys import SealedKeys, open_sealed_keys
from .tracer import DEFAULT_STRATEGIES, TracedSession, trace_box

__all__ = [
    "DEFAULT_STRATEGIES",
    "AnswerProblem",
    "Box",
    "CallableBox",
    "CandidateConfirmed",
    "CandidateRefuted",
    "HttpBox",
    "NotTraced",
    "NotTracedReason",
    "QueryMade",
    "ReportingBox",
    "RoundStarted",
    "SealedKeys",
    "Share",
    "Trace",
    "TraceEvent",
    "TracePlan",
    "TracedSession",
    "open_sealed_keys",
    "trace_box",
]
