"""Plans and journals in files. Each has a writer beside its reader.

Start with `plan_document`, which writes the file that `plan_file`
reads. `plan` compares a saved plan with the account. `rebuild`
works out its changes again. `journal` writes the file that
`journal_reader` reads, with the `entities` as they were. `undo`
plans the way back from a journal.
"""
