"""What is measured of a text before any score: pure functions from text (and what models read in it) to numbers."""
