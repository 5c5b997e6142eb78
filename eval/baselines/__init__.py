"""What our figures stand beside: simple ways to search, and the naive pipeline of a user."""

from eval.baselines.simple import baseline_recall as baseline_recall
