"""The plan that takes an apply back.

Start with `plan`. `traces` compares each entity before, after and now, `three_way` merges later changes of others,
`losses` lists what no undo brings back.
"""
