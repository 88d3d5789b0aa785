"""Threshold openings: the gateway asks, participants answer, ``t`` answers give a model's key."""
