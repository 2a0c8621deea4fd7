"""The order of calls: no user or role gains or loses access between two calls.

Start with `schedule`. `reach` finds how policies reach users.
`windows` derives the demands on the order. `graph` keeps the
precedence of calls.
"""
