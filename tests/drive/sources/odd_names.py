"""Names that people's files have."""

ODD_NAMES = {
    "emoji": "🏝️ holiday 👩‍👩‍👧.jpg",
    "right to left": "תמונה של הים.jpg",
    "255 bytes": "é" * 125 + ".jpeg",
    "trailing dots": "photo.jpg...",
    "trailing space": "photo.jpg ",
    "leading space": " photo.jpg",
    "newline": "photo\nof the sea.jpg",
    "percent": "100%25 sea%2F..%2Fsea.jpg",
    "quotes": '"it\'s" <sea> & `sky`; $HOME.jpg',
    "backslash": "sea\\sky.jpg",
    "decomposed": "cafe\u0301.jpg",
    "plus": "sea+sky?x=1#2.jpg",
    "no extension": "photo",
}
