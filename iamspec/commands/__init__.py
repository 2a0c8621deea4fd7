"""The commands as functions from paths and ports to values. Nothing here prints."""
