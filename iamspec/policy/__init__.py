"""Policy documents, without an account: their grammar, meaning, effect and risks.

Start with `document`, the value that everything else reads.
`grammar` says whether IAM would store a document. `meaning`
compares two documents. `evaluate` answers a request. `lint` warns.
`actions` is the catalogue of AWS actions.
"""
