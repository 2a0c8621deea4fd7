"""The plan that takes an apply back.

Start with `plan`. `traces` compares each entity before, after and
now. `three_way` merges later changes of other people. `losses`
lists everything that no undo brings back.
"""
