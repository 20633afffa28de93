"""One thing on the screen, one file."""
