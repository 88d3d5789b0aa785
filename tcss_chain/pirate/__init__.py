"""A pirate reconstruction box, for demonstrations and tests: it knows leaked shares and nothing else."""

from .pirate_box import Accepts, PirateBox
from .process import PirateProcess

__all__ = ["Accepts", "PirateBox", "PirateProcess"]
