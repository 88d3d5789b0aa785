"""Measurements of the tracer and its decoder, and the tables and plots that tell about them."""
