from creator.lib.secret_file import read_or_create_secret


def test_a_secret_is_made_once_and_is_its_owners(tmp_path):
    path = tmp_path / "data" / "key"
    made = read_or_create_secret(path, length=9)
    assert (len(made), read_or_create_secret(path, length=9), path.stat().st_mode & 0o777) == (
        12,
        made,
        0o600,
    )
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [each.name for each in path.parent.iterdir()] == ["key"]


def test_of_two_that_start_at_once_the_first_wins(tmp_path, monkeypatch):
    path = tmp_path / "key"

    def be_overtaken(length):
        path.write_text("first")
        return "second"

    monkeypatch.setattr("secrets.token_urlsafe", be_overtaken)
    assert read_or_create_secret(path, length=9) == "first"
