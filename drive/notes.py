"""Notes beside results: why no picture was made of a file, in plain words."""

from __future__ import annotations

from creator.lib.file_names import fit_file_name
from drive.enums import Purpose
from drive.models import FoundFile, WrittenFile
from drive.naming import key_of, stem_of
from drive.waiting import ask_for_note

ENDING = ".FAILED.txt"


def note_name(name: str) -> str:
    """`IMG_2041.FAILED.txt` of `IMG_2041.jpg`."""
    return fit_file_name(stem_of(name), ENDING)


def leave_note(file: FoundFile, words: str) -> None:
    """Has a note written that says why no picture is made of the file: one for each content, however often it comes."""
    folder, name = file.folder, note_name(file.name)
    event = f"refused:{file.sha256 or file.key}:{file.run}"
    note, is_new = WrittenFile.objects.get_or_create(
        folder=folder,
        event=event,
        defaults={
            "purpose": Purpose.NOTE,
            "file": file,
            "parent_id": folder.output_id,
            "name": name,
            "place_key": key_of(folder.output_id, name),
            "words": words,
        },
    )
    if is_new:
        ask_for_note(note)
