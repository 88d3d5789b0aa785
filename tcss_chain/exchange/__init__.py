"""Share exchange off chain: each participant's service hands out encrypted shares and its acceptance."""
