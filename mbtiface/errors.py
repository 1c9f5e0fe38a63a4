"""Every error that this project raises on purpose.

    MbtifaceError
    ├── InputError           a value from outside that is not allowed (also a ValueError)
    │   └── PhotoError       a photo that cannot be read, or holds no face; says why by a key
    ├── SettingsError        an environment variable or option with an unusable value
    ├── StateError           the state folder cannot be used
    ├── PortError            the port to serve on is taken
    ├── SelfCheckError       the start-up self-check found that no usable picture is drawn
    ├── BundleError          a bundle that is damaged, foreign or newer than this program
    │   └── MissingPartError what was asked for needs a part that this bundle lacks
    ├── SourceError          something to import or train on is not what it should be
    ├── HubError             a file or repo of the Hub cannot be had, or not in time
    ├── BusyError            more work is waiting than this machine can answer
    ├── RateError            one visitor calls the endpoints too often; says when to come again
    ├── ContributionRefusedError   a face may not join or leave an average; says why by a key
    └── CommunityUnavailableError  the database of the community averages cannot be used now

A message says what was wrong, with which value, and what to do.
"""


class MbtifaceError(Exception):
    """Base of all errors raised on purpose; its text is fit to be shown to the person who asked."""


class InputError(MbtifaceError, ValueError):
    """A value from outside is not allowed: unknown code, gender, item, option, size."""


class PhotoError(InputError):
    """A photo cannot be used.

    `key` names the reason for programs and for translation: `empty`, `too_large`,
    `too_many_pixels`, `not_a_picture`, `truncated`, `unsupported`, `no_face`, `no_such_face`,
    `bad_crop`.
    """

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


class SettingsError(MbtifaceError):
    """An environment variable holds a value that cannot be used."""


class StateError(MbtifaceError):
    """The state folder cannot be created or written."""


class PortError(MbtifaceError):
    """The port to serve on is already in use."""


class SelfCheckError(MbtifaceError):
    """The face that is drawn to see whether this program can draw is blank, or was not drawn."""


class BundleError(MbtifaceError):
    """A bundle is missing a file, damaged, foreign or newer than this program."""


class MissingPartError(BundleError):
    """The call needs a part (an encoder, an age map) that this bundle does not have."""


class SourceError(MbtifaceError):
    """A file to import or train on is missing, damaged or not the one expected."""


class HubError(MbtifaceError):
    """A file or repo of the Hub cannot be fetched or written, or not in time."""


class BusyError(MbtifaceError):
    """Too many requests are waiting; try again in a moment."""


class RateError(MbtifaceError):
    """One visitor's address makes more calls than the settings allow.

    `wait_s`: seconds until the next call is answered.
    """

    def __init__(self, wait_s: float, message: str) -> None:
        super().__init__(message)
        self.wait_s = wait_s


class ContributionRefusedError(MbtifaceError):
    """A face may not join its type's average, or cannot be taken back.

    `key` names the reason for programs and for translation: `too_far`, `poor_reconstruction`,
    `already_today`, `day_full`, `taken_back`, `too_late`.
    """

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


class CommunityUnavailableError(MbtifaceError):
    """The database of the community averages is away, locked, full or newer than this program."""
