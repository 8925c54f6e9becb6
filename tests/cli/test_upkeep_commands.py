"""`ipc-chat verify`, `backup`, `restore`, `export` and `import`: what they say, and their exit codes."""

from __future__ import annotations

import io
import json
import sqlite3
import sys
from contextlib import closing

from ipcchat.cli.main import main, server_main


def test_a_whole_journal_is_called_whole(data, capsys):
    assert main(["verify", "--data", str(data)]) == 0
    assert capsys.readouterr().out == f"{data}/chat.db: whole; 5 entries up to 5, 2 histories\n"
    assert server_main(["verify", "--data", str(data)]) == 0


def test_what_is_from_a_version_without_sums_is_told(data, capsys):
    with closing(sqlite3.connect(data / "chat.db")) as connection:
        connection.execute("UPDATE journal SET sum = NULL")
        connection.execute("DELETE FROM chain")
        connection.commit()
    assert main(["verify", "--data", str(data)]) == 0
    assert "5 of the entries are from a version without sums" in capsys.readouterr().out


def test_damage_is_named_and_has_exit_code_1(data, capsys):
    with closing(sqlite3.connect(data / "chat.db")) as connection:
        connection.execute("UPDATE journal SET at = at + 1 WHERE seq = 4")
        connection.commit()
    assert main(["verify", "--data", str(data)]) == 1
    told = capsys.readouterr()
    assert told.out == "entry 4 of the journal cannot be read (it was altered): it is (of #tea)\n"
    assert told.err == f"ipc-chat: {data}/chat.db is damaged: restore a backup (ipc-chat restore)\n"


def test_the_folder_comes_from_the_configuration_too(data, tmp_path, capsys):
    file = tmp_path / "ipc-chat.toml"
    file.write_text('[storage]\nfolder = "data"\n')
    assert main(["verify", "--config", str(file)]) == 0
    file.write_text("[storage]\nmemory = true\n")
    assert main(["verify", "--config", str(file)]) == 1
    assert "keeps everything in memory" in capsys.readouterr().err
    file.write_text("[storage]\nfolder = 7\n")
    for command in (["verify"], ["backup", "x.tar"], ["restore", "x.tar"], ["export"], ["import", "x"]):
        assert main([*command, "--config", str(file)]) == 78
        assert "storage.folder" in capsys.readouterr().err


def test_a_backup_goes_out_and_comes_back(data, tmp_path, capsys):
    backup, new = tmp_path / "backup.tar", tmp_path / "new"
    assert main(["backup", "--data", str(data), str(backup)]) == 0
    assert capsys.readouterr().out == f"{backup}: chat.db; the journal up to entry 5\n"
    assert main(["restore", "--data", str(new), str(backup)]) == 0
    assert capsys.readouterr().out == f"{new}: chat.db; the journal up to entry 5\n"
    assert main(["verify", "--data", str(new)]) == 0
    assert main(["restore", "--data", str(new), str(backup)]) == 1
    assert main(["backup", "--data", str(new), str(backup)]) == 1
    assert capsys.readouterr().err.count("nothing is overwritten") == 2


def test_an_export_comes_in_again(data, tmp_path, capsys, monkeypatch):
    assert main(["export", "--data", str(data), "#TEA", "--since", "2023-11-14", "--until", "2023-11-15"]) == 0
    out = capsys.readouterr().out
    assert [json.loads(line)["text"] for line in out.splitlines()] == ["message 1", "message 3"]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(out.encode())))
    assert main(["import", "--data", str(tmp_path / "new"), "-"]) == 0
    assert capsys.readouterr().out == "2 messages imported, 0 were there, 0 events skipped\n"
    (tmp_path / "all.jsonl").write_text(out)
    assert main(["import", "--data", str(tmp_path / "new"), str(tmp_path / "all.jsonl")]) == 0
    assert capsys.readouterr().out == "0 messages imported, 2 were there, 0 events skipped\n"
    assert main(["export", "--data", str(tmp_path / "new"), "--text", "--since", "2023-11-14T22:13:24Z"]) == 0
    assert capsys.readouterr().out == "2023-11-14 22:13:24 #tea <ann> message 3\n"
    assert main(["export", "--data", str(tmp_path / "new"), "#gin"]) == 0
    assert capsys.readouterr() == ("", "ipc-chat: nothing of #gin was found\n")


def test_what_cannot_be_is_said(data, tmp_path, capsys):
    assert main(["import", "--data", str(tmp_path / "new"), str(tmp_path / "missing")]) == 1
    (tmp_path / "bad").write_text("hello\n")
    assert main(["import", "--data", str(tmp_path / "new"), str(tmp_path / "bad")]) == 1
    assert main(["export", "--data", str(tmp_path / "nowhere")]) == 1
    assert main(["export", "--since", "soon"]) == 2
    assert [line.partition(": ")[2][:30] for line in capsys.readouterr().err.splitlines() if "ipc-chat: " in line] == [
        f"cannot read {tmp_path}"[:30],
        "line 1: it is no record of an ",
        f"there is no journal at {tmp_path}"[:30],
    ]
