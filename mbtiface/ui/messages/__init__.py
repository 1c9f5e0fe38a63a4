"""What the page says, in Korean and English: one module a tab, each with `KO` and `EN`.

Keys are flat and start with the module's name (`survey_back`). Texts may hold `{names}` for
`str.format`. A new tab adds a module here; a new language adds a dict to every module.
"""

import importlib
import pkgutil

LANGUAGES = ("ko", "en")
TYPED = "typed"
"""The module that replaces texts of the others: `load_typed`."""


def load_messages() -> dict[str, dict[str, str]]:
    """Return all texts as `{language: {key: text}}`.

    Raises:
        ValueError: a module lacks a key in one language, or uses a prefix that is not its own.
    """
    merged: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}
    for info in pkgutil.iter_modules(__path__):
        if info.name == TYPED:
            continue
        module = importlib.import_module(f"{__name__}.{info.name}")
        texts = {language: getattr(module, language.upper()) for language in LANGUAGES}
        check_same_keys(info.name, texts)
        for language in LANGUAGES:
            merged[language] |= texts[language]
    return merged


def load_typed() -> dict[str, dict[str, str]]:
    """Return what replaces texts where types are what people say of themselves, by language."""
    module = importlib.import_module(f"{__name__}.{TYPED}")
    return {language: getattr(module, language.upper()) for language in LANGUAGES}


def check_same_keys(name: str, texts: dict[str, dict[str, str]]) -> None:
    """Check that every language of module `name` has the same keys, all starting with its name.

    Raises:
        ValueError: naming the keys that are wrong.
    """
    every = set().union(*texts.values())
    for language, table in texts.items():
        if missing := sorted(every - set(table)):
            raise ValueError(f"messages/{name}.py lacks {', '.join(missing)} in {language!r}.")
    if foreign := sorted(key for key in every if not key.startswith(f"{name}_")):
        raise ValueError(f"messages/{name}.py: {', '.join(foreign)} must start with '{name}_'.")
