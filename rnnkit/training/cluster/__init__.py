"""Trainers on the nodes of a Ray cluster: the launcher of more than one machine. Only `hand` and `actors` import Ray."""
