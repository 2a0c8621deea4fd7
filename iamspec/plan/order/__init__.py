"""The order of calls in which nobody gains access and nobody loses access for a moment.

Start with `schedule`. `reach` finds how policies reach users, `windows` derives the demands on the order, `graph` keeps
the precedence of calls.
"""
