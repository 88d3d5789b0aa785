"""The protocol's mathematics: pure functions and frozen values, no input or output."""
