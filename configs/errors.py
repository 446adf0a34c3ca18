"""The errors a user can cause, as opposed to bugs."""


class UserError(Exception):
    """An error that the user can fix.

    The message is one clear sentence that names what is wrong and says what would be right. Command lines print it on
    stderr and exit with code 2; pages show it in a box. There is never a traceback.
    """


class ConfigError(UserError):
    """An invalid config; the message starts with the full path of the key, such as ``train.learning_rate``."""
