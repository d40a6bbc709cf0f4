"""Watch: one run on one screen, curve beside text, its checkpoints as a timeline."""
