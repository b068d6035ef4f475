"""Commands, one per file: each adds itself to the app and asks the watch for the work."""
