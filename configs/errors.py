"""The errors a user can cause, as opposed to bugs."""


class UserError(Exception):
    """Something the user can put right.

    The message is one clear sentence that names the thing at fault and says what would be right. Command lines print it
    on stderr and exit with code 2; pages show it in a box. It never comes with a traceback.
    """


class ConfigError(UserError):
    """A config that is refused; the message starts with the full path of the key, such as ``train.learning_rate``."""
