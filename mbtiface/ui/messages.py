"""The page's own texts, all languages in one table; `assets/texts/` holds them."""

from mbtiface.texts import languages, read_texts


def load_messages() -> dict[str, dict[str, str]]:
    """Return the texts of all tabs as `{language: {key: text}}`; a key starts with its tab's name.

    Raises:
        MbtifaceError: a language lacks a text, or leaves other places open than Korean does.
    """
    return {
        language: {
            key: text
            for texts in read_texts(language)["messages"].values()
            for key, text in texts.items()
        }
        for language in languages()
    }


def load_typed() -> dict[str, dict[str, str]]:
    """Return what replaces texts where types are what people say of themselves, by language.

    Such a bundle (`python -m train averages` from a table of types) knows no raters.
    """
    return {language: dict(read_texts(language)["typed"]) for language in languages()}
