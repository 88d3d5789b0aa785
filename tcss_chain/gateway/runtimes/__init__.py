"""What runs models: one runtime for each kind of file."""

from .runtime import Output, Runtime, RuntimeName
from .selection import load_runtime, runtime_of

__all__ = ["Output", "Runtime", "RuntimeName", "load_runtime", "runtime_of"]
