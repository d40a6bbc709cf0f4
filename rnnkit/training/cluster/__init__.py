"""Trainers on the nodes of a Ray cluster. Only `hand` and `actors` import Ray."""
