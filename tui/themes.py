"""Paper and ink: the two colour themes of the product. Contrast of text on ground is at least 7:1 in both."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="cocreate-dark",
    primary="#d3ab72",
    secondary="#93b099",
    accent="#d69a78",
    warning="#dcb765",
    error="#e08a78",
    success="#a6c184",
    foreground="#e8e1d3",
    background="#1a1916",
    surface="#22201c",
    panel="#2c2924",
    dark=True,
    variables={"input-selection-background": "#d3ab72 30%", "footer-key-foreground": "#d3ab72"},
)
LIGHT = Theme(
    name="cocreate-light",
    primary="#7d4526",
    secondary="#3f5c48",
    accent="#93392b",
    warning="#775408",
    error="#9c2b24",
    success="#41602a",
    foreground="#2a2622",
    background="#f8f4ea",
    surface="#f0e9da",
    panel="#e5dcc8",
    dark=False,
    variables={"input-selection-background": "#7d4526 25%", "footer-key-foreground": "#7d4526"},
)
