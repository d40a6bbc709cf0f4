"""What moves, for everybody who looks on: computed once for each tick, and sent as what is new since the last one.

`cache.py` has it, `routes.py` answers a browser with it. Knows no page and no chart.
"""
