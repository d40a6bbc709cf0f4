"""Trained networks without Keras: write with them, score texts with them, a step at a time in NumPy.

Knows no store, no page and no training.
"""

from rnnkit.engine.generation import Request, generate, stream
from rnnkit.engine.network import Network, network
from rnnkit.engine.samplers import RULES, Rule, Sampler
from rnnkit.engine.scoring import logits_over, score

__all__ = ["RULES", "Network", "Request", "Rule", "Sampler", "generate", "logits_over", "network", "score", "stream"]
