"""The page that wires every room, and what stands around it.

Read `sillage.watch.pipeline` first.
"""
