"""The writer's own works: kept whole, cut into passages, found again, forgotten on request."""
