"""Why a file is refused, with messages for the person who sent it."""

from typing import Literal

from jobs.uploads.metadata.text import display_name

RefusalCode = Literal["unsupported_image", "image_too_large", "body_too_large"]

ACCEPTED_WORDS = "JPEG, PNG, WebP, HEIC, AVIF or TIFF"
SEND_ANOTHER = f"Send a single picture: {ACCEPTED_WORDS}."
SAVE_AGAIN = "Export it again as JPEG or PNG and send that."


class Unfit(Exception):
    """A file that cannot be used, raised by code that does not know the file's name.

    `reason` continues a sentence that starts with the file's name; `advice` is a full sentence. `exceeds` is the
    column of the plan whose number the file exceeds, if any.
    """

    def __init__(
        self, code: RefusalCode, reason: str, advice: str = SEND_ANOTHER, *, exceeds: str = ""
    ) -> None:
        super().__init__(f"{reason} {advice}")
        self.code: RefusalCode = code
        self.reason = reason
        self.advice = advice
        self.exceeds = exceeds


class RefusedPhoto(Exception):
    """A refused file: `code` is one of the API's error codes, `message` is for people. `exceeds` as in `Unfit`."""

    def __init__(self, code: RefusalCode, message: str, *, exceeds: str = "") -> None:
        super().__init__(message)
        self.code: RefusalCode = code
        self.message = message
        self.exceeds = exceeds


def too_many_bytes(max_bytes: int) -> Unfit:
    """Returns the refusal of a file that is larger than the plan takes."""
    limit = f"{max_bytes / 1024**2:.3g} MB"
    at_most = f"Send a file of at most {limit}."
    return Unfit("body_too_large", f"is larger than {limit}.", at_most, exceeds="upload_mib")


def too_many_parts() -> Unfit:
    """Returns the refusal of a file in more parts than any program writes: each takes time to read."""
    return Unfit("unsupported_image", "is made of too many parts.", SAVE_AGAIN)


def refuse(name: str, unfit: Unfit) -> RefusedPhoto:
    """Returns the error for people: which file, what is wrong with it, what to do."""
    message = f"“{display_name(name)}” {unfit.reason} {unfit.advice}"
    return RefusedPhoto(unfit.code, message, exceeds=unfit.exceeds)
