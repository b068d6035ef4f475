"""Which site is it: what many sensors claim becomes places with a history.

Detections, source estimates and what was looked at in, `Site`s out. Start with
`sillage.fuse.sites`.
"""
