import pytest

from pages.models.model_card import readable


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain *words*, `code` and a [link](a.md)", "plain *words*, `code` and a [link](a.md)"),
        ("# Title\n\n## Part", "## Title\n\n### Part"),
        ("a # b and #5", "a # b and #5"),
        ("<!-- made by a program -->\n# Title", "## Title"),
        ("<!-- over\ntwo lines -->\nrest", "rest"),
        ("![A mask](previews/a.png)", "*Picture: A mask*"),
        ("![](https://example.org/track.gif)", "*Picture: without a description*"),
        ("from $5 to $6", r"from \$5 to \$6"),
        (r"already \$5", r"already \$5"),
        (":red[loud] :material/home: at 12:30: fine", r"\:red[loud] \:material/home: at 12:30: fine"),
        ("```\n# not a heading, $5 ![x](y)\n```", "```\n# not a heading, $5 ![x](y)\n```"),
        ("`$5`", "`$5`"),
    ],
)
def test_unsafe_markdown_is_removed_or_escaped(text, expected):
    assert readable(text) == expected
