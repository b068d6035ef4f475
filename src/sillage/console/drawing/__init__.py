"""How does a figure come to be: scales, colours, contours and marks, as plain SVG.

Every figure is `PANEL_WIDTH` units wide, so text has one size in all of them, on a desk and on a
phone.
"""
