"""Small trained heads: numbers of a text to what people would say. Weights ship in the package; see docs/critic.md."""
