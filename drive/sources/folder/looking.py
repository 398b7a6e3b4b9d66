"""Finds the files of folders that are new or changed, and waits until they are whole.

A directory changes its times when an entry comes, goes or is renamed, so a folder whose stamp stays is not read again:
only files that may still be written are asked for. A folder that changed is read, and of its files those count that
changed after the last reading began, by the file system's own clock (`ctime`, which no copy can set to the past).
Content that is rewritten in place leaves the directory as it is; a look without a cursor finds it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path

from drive.sources.base import FolderGone, Look, SourceFile
from drive.sources.folder.cursor import Known, Seen, dump, load
from drive.sources.folder.places import id_of, opened_folder, shown, telling, unescaped
from drive.sources.names import is_left_out

MOST_FOUND = 2000
"""Files of one look, of all folders together."""
MOST_WAITING = 4000
MOST_EMPTY = 1000
"""Of the files that wait, those without content. They may stay so for ever."""
OVERLAP_S = 5.0
OVERLAP_NS = 5 * 10**9
"""Time stamps of file systems may be as coarse as 2 s: what happens within one step of them looks the same."""
QUIET_NS = 60 * 10**9
LONGEST_ID = 1024


def look(root: Path, folders: Collection[str], cursor: str | None, *, settle_s: float, now: float) -> Look:
    """As `Source.look`, at the time `now` of our clock."""
    known = load(cursor, folders)
    most = max(1, MOST_FOUND // max(1, len(known)))
    visits, gone = [], []
    for folder in sorted(known):
        try:
            with opened_folder(root, folder) as fd, telling(folder):
                visit = Visit(fd, folder, known[folder], settle_s=settle_s, now=now, most=most)
                visit.ask_for_waiting()
                visit.scan()
                visits.append(visit)
        except FolderGone:
            gone.append(folder)
            del known[folder]
    settling = [rest for visit in visits for rest in visit.rests()]
    return Look(
        files=[file for visit in visits for file in visit.files],
        cursor=dump(known),
        more=any(visit.more for visit in visits),
        gone=gone,
        settling_s=min(settling, default=None),
    )


class Visit:
    """One folder during one look."""

    def __init__(self, fd: int, folder: str, known: Known, *, settle_s: float, now: float, most: int) -> None:
        self.fd, self.folder, self.known = fd, folder, known
        self.settle_s, self.now, self.most = settle_s, now, most
        self.files: list[SourceFile] = []
        self.more = False

    def rests(self) -> Iterator[float]:
        """Seconds until each file that is being written may be whole. Empty ones are left to later looks."""
        return (max(0.0, s.at + self.settle_s - self.now) for s in self.known.waiting.values() if s.size)

    def ask_for_waiting(self) -> None:
        """Finds those of the waiting files that have stayed the same for long enough."""
        for part, seen in list(self.known.waiting.items()):
            if len(self.files) >= self.most:
                self.more = True
                return
            facts = self._facts(unescaped(part))
            if facts is None:
                del self.known.waiting[part]
            elif (facts.st_size, facts.st_mtime_ns) != (seen.size, seen.changed) or seen.at > self.now:
                self.known.waiting[part] = Seen(facts.st_size, facts.st_mtime_ns, self.now)
            elif seen.size and self.now - seen.at >= self.settle_s:
                del self.known.waiting[part]
                self.known.found[part] = [facts.st_size, facts.st_mtime_ns]
                self._find(part, facts)
        self._forget()

    def _forget(self) -> None:
        """Bounds what the cursor holds. A file that is forgotten is found twice, or by a look without a cursor."""
        empty = [part for part, seen in self.known.waiting.items() if not seen.size]
        for part in empty[:-MOST_EMPTY]:
            del self.known.waiting[part]
        is_resting = self.known.is_final and not self.known.is_scanning
        for part in list(self.known.found)[: None if is_resting else -MOST_WAITING]:
            del self.known.found[part]

    def scan(self) -> None:
        """Reads the directory if its entries may have changed, or goes on where the last look stopped."""
        known = self.known
        if not known.is_scanning and not self._begin(stamp_of(self.fd)):
            return
        for part, facts in self._candidates():
            if len(self.files) >= self.most or len(known.waiting) >= MOST_WAITING:
                self.more = len(self.files) >= self.most
                return
            self._meet(part, facts)
            known.after = part
        known.is_scanning, known.after = False, ""
        known.mark = max(known.mark, known.stamp[1] + (1 if known.is_final else -OVERLAP_NS))

    def _begin(self, stamp: list[int]) -> bool:
        """Whether a scan has to begin. A clock of the file system that went back makes it a scan for all files."""
        known = self.known
        if known.stamp == stamp and known.is_final:
            return False
        if known.stamp != stamp or known.since > self.now:
            known.stamp, known.since = stamp, self.now
        if stamp[1] < known.mark:
            known.mark = 0
        known.is_final = self.now - known.since >= OVERLAP_S
        known.is_scanning = True
        return True

    def _candidates(self) -> Iterator[tuple[str, os.stat_result]]:
        """Files that changed since the mark, as in ids, in the order of their names."""
        after = unescaped(self.known.after)
        with os.scandir(self.fd) as entries:
            names = sorted(entry.name for entry in entries if entry.name > after and _is_wanted(entry))
        for name in names:
            facts = self._facts(name)
            if facts is None or facts.st_ctime_ns < self.known.mark:
                continue
            if len(id_of(self.folder, name)) <= LONGEST_ID:
                yield id_of("", name), facts

    def _facts(self, name: str) -> os.stat_result | None:
        """None if it is no file any more."""
        try:
            facts = os.stat(name, dir_fd=self.fd, follow_symlinks=False)
        except FileNotFoundError:
            return None
        return facts if stat.S_ISREG(facts.st_mode) else None

    def _meet(self, part: str, facts: os.stat_result) -> None:
        """A file that a scan came across is found later, if it stays as it is.

        Only a scan for all files finds at once those that the directory outlived by a minute, by one and the same clock.
        """
        if self.known.found.get(part) == [facts.st_size, facts.st_mtime_ns] or part in self.known.waiting:
            return
        changed = max(facts.st_ctime_ns, facts.st_mtime_ns)
        if not self.known.mark and facts.st_size and changed < self.known.stamp[1] - QUIET_NS:
            self._find(part, facts)
        else:
            self.known.waiting[part] = Seen(facts.st_size, facts.st_mtime_ns, self.now)

    def _find(self, part: str, facts: os.stat_result) -> None:
        name = unescaped(part)
        self.files.append(
            SourceFile(
                id=id_of(self.folder, name),
                folder=self.folder,
                name=shown(name),
                size=facts.st_size,
                version=version_of(facts),
                at=_time_of(facts),
            )
        )


def stamp_of(fd: int) -> list[int]:
    """When entries of the directory changed last, and when it changed itself; a program may set the first back."""
    times = os.fstat(fd)
    return [times.st_mtime_ns, times.st_ctime_ns]


def version_of(facts: os.stat_result) -> str:
    """Without the inode: some network mounts give a file another one each time. At worst a file is read again."""
    return f"{facts.st_size}-{facts.st_mtime_ns}"


def _is_wanted(entry: os.DirEntry[str]) -> bool:
    return not is_left_out(entry.name) and entry.is_file(follow_symlinks=False)


def _time_of(facts: os.stat_result) -> datetime | None:
    """None for years that the calendar does not have."""
    try:
        return datetime.fromtimestamp(facts.st_mtime, UTC)
    except (OverflowError, ValueError, OSError):
        return None
