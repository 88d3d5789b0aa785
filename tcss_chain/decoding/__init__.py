"""
Decoding over ``F_r``: from evaluations, some of them wrong, to the leaked set (protocol section 7).

Pure mathematics: nothing here talks to a box, a chain or a file.
"""
