"""Two drawn pictures of subjects for which no package ships a photograph: a street and a grocery shelf.

Both are simple renderings with light, shade and texture, drawn at twice their size and averaged down. They are
deterministic. They are not photographs, so a model's result on them says little about its quality.
"""
