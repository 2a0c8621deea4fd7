"""Plans and journals in files. For each there is a writer beside its reader.

Start with `plan_document`, which writes what `plan_file` reads. `plan` holds a saved plan against the account, `rebuild`
works out its changes again. `journal` writes what `journal_reader` reads, with the `entities` as they were.
"""
