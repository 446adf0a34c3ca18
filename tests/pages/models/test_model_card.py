import pytest

from pages.models.model_card import readable
from tests.pages.app import has_no_messages
from tests.pages.models.models_page import models_page


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


def test_the_card_shows_the_models_own_pictures_only(scored_run):
    own, other = "previews/sample_chelsea/0001.png", "../pets/previews/sample_chelsea/0001.png"
    lines = [f"![Mask {name}]({address})" for name, address in [("a", own), ("b", other), ("c", "config.yaml")]]
    (scored_run.path / "card.md").write_text("# voc\n\n" + "\n\n".join([*lines, "and so on"]))
    app = models_page(model="voc")
    assert has_no_messages(app)
    assert [image.proto.imgs[0].caption for image in app.get("image")] == ["Mask a"]
    shown = [element.value for element in app.markdown]
    assert "## voc" in shown
    assert any(text.endswith("*Picture: Mask b*\n\n*Picture: Mask c*\n\nand so on") for text in shown)
