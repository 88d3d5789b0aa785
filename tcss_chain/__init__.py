"""TCSS on chain: threshold keys shared by organisations, with leaks traced and recorded on an EVM chain."""
