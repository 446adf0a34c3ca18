"""Load and write YAML strictly: ``1e-3`` is a number, and a repeated key is an error.

What a stranger wrote takes no longer to read than a text of that length should: aliases can't multiply it.
"""

import re
from typing import Any

import yaml

from configs.errors import ConfigError

MAX_CHARACTERS = 1 << 20
"""The longest text; PyYAML reads some 50,000 characters a second."""
MAX_VALUES = 200_000
"""The most values, keys included, once every alias is replaced by what it stands for."""


class _Loader(yaml.SafeLoader):
    """``SafeLoader`` with YAML 1.2 floats (YAML 1.1 reads ``1e-3`` as text) and no repeated keys."""

    def compose_document(self) -> yaml.Node | None:
        node = super().compose_document()
        if node is not None and _values(node, {}) > MAX_VALUES:
            raise yaml.composer.ComposerError(None, None, "its aliases stand for too many values", node.start_mark)
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        mapping: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str | int | float | bool):
                raise yaml.constructor.ConstructorError(None, None, "a key must be a word", key_node.start_mark)
            if key in mapping:
                problem = f"the key {key!r} is given twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key_node.start_mark)
            mapping[key] = self.construct_object(value_node, deep=True)
        return mapping


class _Dumper(yaml.SafeDumper):
    """``SafeDumper`` that quotes text which ``_Loader`` would read as a number, such as a name ``7e3``."""


_FLOAT = re.compile(r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)$")
for _resolver in (_Loader, _Dumper):
    _resolver.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+.0123456789"))
_Loader.add_constructor("tag:yaml.org,2002:map", _Loader.construct_mapping)


def dump_yaml(content: Any) -> str:
    """Return ``content`` as YAML, in its own order, which ``load_yaml`` reads back to an equal value."""
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False, width=120)


def load_yaml(text: str, origin: str) -> Any:
    """Parse YAML ``text``; ``origin`` names it in the ``ConfigError`` that invalid YAML and repeated keys raise."""
    if len(text) > MAX_CHARACTERS:
        raise ConfigError(f"{origin}: has {len(text):,} characters; YAML may have at most {MAX_CHARACTERS:,} here")
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - the loader is a SafeLoader
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise ConfigError(f"{origin}: is not valid YAML ({_reason(error)})") from error


def _values(node: yaml.Node, known: dict[yaml.Node, int]) -> int:
    """Return how many values a node has with all aliases replaced; ``known`` collects those of each node."""
    if node not in known:
        known[node] = MAX_VALUES + 1  # while it is counted: a node inside itself never ends
        children = node.value if isinstance(node, yaml.CollectionNode) else ()
        inner = (part for child in children for part in (child if isinstance(child, tuple) else (child,)))
        known[node] = 1 + sum(_values(part, known) for part in inner)
    return known[node]


def _reason(error: Exception) -> str:
    """Return where the text stops being YAML and why, in words for its author rather than the parser's."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem and error.problem_mark:
        problem = " ".join(error.problem.split()).replace("'<stream end>'", "the end of the file")
        return f"line {error.problem_mark.line + 1}: {problem}"
    if isinstance(error, yaml.reader.ReaderError) and isinstance(error.character, int):
        return f"it holds the character U+{error.character:04X}, which is not allowed in text"
    if isinstance(error, RecursionError):
        return "it nests too deeply"
    return str(error) if isinstance(error, ValueError) else "it cannot be read as text"
