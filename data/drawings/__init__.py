"""Two drawn pictures, for the subjects of which no package ships a photograph: a street and a grocery shelf.

Both are simple renderings with light, shade and texture, drawn at twice their size and averaged down. They are always
the same, and they are no photographs: how a model does on them says little about how good it is.
"""
