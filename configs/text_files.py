"""Read text files that somebody else may have written: nobody has to read more than such a file can sensibly hold."""

from pathlib import Path

from configs.errors import ConfigError


def read(path: Path, kind: str, most: int) -> str:
    """Return the text (UTF-8) of a file of at most ``most`` bytes; ``kind`` says what it should be, such as "a config".

    Raises ``ConfigError``, which names the file and the reason, if it can't be read or is larger.
    """
    try:
        if (size := path.stat().st_size) > most:
            raise ConfigError(f"{path}: has {size:,} bytes, so it is not {kind}, which has at most {most:,}")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise ConfigError(f"{path}: cannot be read as {kind} ({reason})") from error
