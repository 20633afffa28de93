"""Four agents of one studio (ideation, drafting, critique, style) and the contracts they speak."""
