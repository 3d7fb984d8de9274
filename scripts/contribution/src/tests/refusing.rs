//! Files that are refused: what each refusal says, and that nothing is left behind.

use super::*;

/// Writes `content` as `name`, prepares the file by itself, and expects an error that holds all `words`.
#[track_caller]
fn check(name: &str, content: impl AsRef<[u8]>, words: &[&str]) {
    let folder = Folder::new();
    let path = folder.file(name, content);
    let error = refused(prepare_all(&[&path]));
    for word in words.iter().chain(&[name]) {
        assert!(error.contains(word), "{word:?} is not in: {error}");
    }
    let left: Vec<_> = fs::read_dir(folder.0.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing is written");
}

#[track_caller]
fn check_rows(rows: &[Json], words: &[&str]) {
    check("endsong_0.json", serde_json::to_string_pretty(rows).unwrap(), words);
}

#[test]
fn truncated_json_names_file_line_and_row() {
    let whole = serde_json::to_string_pretty(&history(3)).unwrap();
    let cut = &whole[..whole.len() - 40];
    let line = format!("line {}, column", cut.lines().count());
    check("endsong_0.json", cut, &[&line, "row 3", "ends here in the middle"]);
    check("endsong_0.json", "", &["line 1", "ends here"]);
    check("endsong_0.json", " \n", &["ends here"]);
    check("endsong_0.json", "[", &["ends here"]);
    check("Userdata.json", r#"{"username": "x""#, &["ends here"]);
}

#[test]
fn broken_json_names_the_place() {
    check("endsong_0.json", "[{\"ts\":\n  nonsense}]", &["line 2", "column 4", "row 1"]);
    check("endsong_0.json", "[]]", &["line 1", "trailing"]);
    check("endsong_0.json", b"\xff\xfe[\0]\0", &["not JSON"]);
    check("endsong_0.json", b"[{\"ts\":\"\xff\"}]", &["line 1", "row 1"]);
    check("endsong_0.json", "[".repeat(100_000), &["row 1", "ends here"]);
}

#[test]
fn a_chosen_file_that_is_not_part_of_an_export_is_refused() {
    check("holiday.jpg", b"\xff\xd8\xff\xe0", &["not JSON"]);
    check("Playlist1.json", r#"{"playlists":[]}"#, &["without listening rows"]);
    check("list.json", "[1,2,3]", &["without listening rows"]);
    check("SearchQueries.json", r#"[{"searchQuery":"x"}]"#, &["without listening rows"]);
    check("empty.json", "[]", &["no listening history"]);
}

#[test]
fn a_file_called_json_that_is_not_json_is_refused_even_in_a_folder() {
    let folder = Folder::new();
    folder.rows("a.json", &history(2));
    folder.file("endsong_1.json", "\0\0\0");
    assert!(refused(folder.prepare()).contains("endsong_1.json is not a listening history"));
}

#[test]
fn a_folder_without_history_is_refused() {
    let folder = Folder::new();
    folder.file("Userdata.json", userdata("x"));
    let error = refused(folder.prepare());
    assert!(error.contains("no listening history in") && error.contains("Userdata.json"), "{error}");
    assert!(refused(prepare_all(&[])).contains("there is no file to read"));
    assert!(refused(prepare_all(&[&folder.path("nowhere")])).contains("nowhere"));
}

#[test]
fn impossible_values_name_field_and_row() {
    let row = |field, value| [history(1).remove(0), with(history(2).remove(1), field, value)];
    check_rows(&row("ts", json!("yesterday")), &["row 2", "`ts`"]);
    check_rows(&row("ts", json!(12)), &["row 2", "`ts`"]);
    check_rows(&row("ts", json!("1969-12-31T00:00:00Z")), &["`ts`", "before 1970"]);
    check_rows(&row("ms_played", json!(-1)), &["row 2", "`ms_played`"]);
    check_rows(&row("ms_played", json!(1.5)), &["`ms_played`"]);
    check_rows(&row("ms_played", json!("1")), &["`ms_played`"]);
    check_rows(&row("ms_played", Json::Null), &["`ms_played`"]);
    check_rows(&row("shuffle", json!("yes")), &["`shuffle`"]);
    check_rows(&row("master_metadata_track_name", json!({})), &["`master_metadata_track_name`"]);
    check_rows(&row("master_metadata_track_name", json!("x".repeat(5000))), &["too long"]);
    check_rows(&row("username", json!(3)), &["`username`"]);
    let bad = account_row("2023-01-15T14:32:00Z", "a", 1);
    check("StreamingHistory0.json", Json::from([bad].to_vec()).to_string(), &["`endTime`", "row 1"]);
}

#[test]
fn an_element_among_rows_that_is_not_a_row_is_refused() {
    let row = history(1).remove(0);
    check_rows(&[row.clone(), json!({ "ts": "2021-01-01T00:00:00Z" })], &["row 2", "not a listening row"]);
    check_rows(&[row.clone(), json!(null)], &["row 2", "not a listening row"]);
    check_rows(&[json!({}), row], &["row 2", "not a listening row"]);
}

#[test]
fn a_row_that_would_fill_the_memory_is_refused() {
    let long = format!("[{{\"ts\":\"{}", "x".repeat(3 << 20));
    check("endsong_0.json", long, &["row 1", "longer than"]);
    check("endsong_0.json", format!("[{}", " ".repeat(3 << 20)), &["row 1", "longer than"]);
}

#[test]
fn a_zip_bomb_is_refused() {
    let folder = Folder::new();
    let row = history(1).remove(0).to_string();
    let bomb = format!("[{}{row}]", format!("{row},").repeat(40_000));
    let zip = folder.zip("bomb.zip", &[("endsong_0.json", &bomb)]);
    let packed = zip.metadata().unwrap().len();
    assert!(packed * 20 < bomb.len() as u64);
    let error = refused(prepare_all(&[&zip]));
    assert!(error.contains("bomb.zip/endsong_0.json unpacks to more than"), "{error}");

    let zeros = "\0".repeat(20 << 20);
    let zip = folder.zip("zeros.zip", &[("endsong_0.json", &zeros)]);
    assert!(refused(prepare_all(&[&zip])).contains("zip bomb"));
}

/// The bomb says in all its headers that it is small.
#[test]
fn a_zip_bomb_that_lies_about_its_size_is_refused() {
    let folder = Folder::new();
    let row = history(1).remove(0).to_string();
    let bomb = format!("[{}{row}]", format!("{row},").repeat(40_000));
    let zip = folder.zip("bomb.zip", &[("endsong_0.json", &bomb)]);
    let mut bytes = fs::read(&zip).unwrap();
    let size = u32::try_from(bomb.len()).unwrap().to_le_bytes();
    for at in 0..bytes.len() - 4 {
        if bytes[at..at + 4] == size {
            bytes[at..at + 4].copy_from_slice(&1000_u32.to_le_bytes());
        }
    }
    fs::write(&zip, bytes).unwrap();
    let error = refused(prepare_all(&[&zip]));
    assert!(
        error.contains("bomb.zip/endsong_0.json cannot be read as part of a zip archive: File is larger"),
        "{error}"
    );
}

#[test]
fn a_path_that_climbs_out_is_refused() {
    for name in ["../../evil.json", "/etc/evil.json", "MyData/../../evil.json", "..\\evil.json"] {
        let folder = Folder::new();
        let rows = Json::from(history(2)).to_string();
        let zip = folder.zip("slip.zip", &[("endsong_0.json", &rows), (name, &rows)]);
        let error = refused(prepare_all(&[&zip]));
        assert!(error.contains("slip.zip") && error.contains("climbs out"), "{name}: {error}");
    }
}

#[test]
fn links_are_refused() {
    let folder = Folder::new();
    let real = folder.rows("real.json", &history(2));
    fs::create_dir(folder.path("export")).unwrap();
    std::os::unix::fs::symlink(&real, folder.path("export/link.json")).unwrap();
    let error = refused(prepare_all(&[&folder.path("export")]));
    assert!(error.contains("link.json is a symbolic link"), "{error}");

    let path = folder.path("link.zip");
    let mut zip = ZipWriter::new(fs::File::create(&path).unwrap());
    zip.add_symlink("endsong_0.json", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    zip.finish().unwrap();
    let error = refused(prepare_all(&[&path]));
    assert!(error.contains("link.zip/endsong_0.json is a symbolic link"), "{error}");
}

#[test]
fn a_damaged_archive_is_refused() {
    let folder = Folder::new();
    let rows = Json::from(history(300)).to_string();
    let zip = folder.zip("x.zip", &[("endsong_0.json", &rows)]);
    let bytes = fs::read(&zip).unwrap();
    fs::write(&zip, &bytes[..bytes.len() / 2]).unwrap();
    assert!(refused(prepare_all(&[&zip])).contains("x.zip"));
    let mut damaged = bytes.clone();
    damaged[200..260].fill(0x55);
    fs::write(&zip, damaged).unwrap();
    assert!(refused(prepare_all(&[&zip])).contains("x.zip/endsong_0.json"));
}

#[test]
fn a_pipe_is_refused_and_not_waited_for() {
    assert!(refused(prepare_all(&[Path::new("/dev/zero")])).contains("neither a file nor a folder"));
}

#[test]
fn an_export_that_names_no_account_is_refused_with_a_hint() {
    let anonymous = [without(history(1).remove(0), "username")];
    check_no_account(&anonymous, "extended histories since 2024 have no `username`");
    check_no_account(&[account_row("2025-01-15 14:32", "a", 90_000)], "in the same download");
}

#[track_caller]
fn check_no_account(rows: &[Json], hint: &str) {
    let folder = Folder::new();
    folder.rows("a.json", rows);
    let error = refused(folder.prepare());
    assert!(error.contains("Userdata.json") && error.contains(hint), "{error}");
    // The `username` of any other file may be somebody else's.
    folder.file("Follow.json", r#"{"username":"a friend"}"#);
    assert!(refused(folder.prepare()).contains("names no account"));
    folder.file("Userdata.json", userdata("me"));
    assert_eq!(folder.prepare().unwrap().account.reveal(), "me");
}

#[test]
fn two_accounts_are_refused() {
    let folder = Folder::new();
    folder.rows("a.json", &history(1));
    folder.file("Userdata.json", userdata("somebody else"));
    let error = refused(folder.prepare());
    assert!(error.contains("\"listener\"") && error.contains("\"somebody else\""), "{error}");
}

#[test]
fn an_export_without_a_song_is_refused() {
    let folder = Folder::new();
    folder.rows("a.json", &[with(history(1).remove(0), "episode_name", json!("E"))]);
    assert!(refused(folder.prepare()).contains("not one song"));
}

#[test]
fn impossible_histories_are_refused_by_date() {
    let of = |rows: &[Json]| {
        let folder = Folder::new();
        folder.rows("a.json", rows);
        refused(folder.prepare())
    };
    let future = of(&[extended("2026-06-02T00:00:00Z", "a", 1000)]);
    assert!(future.contains("2026-06-02 has not come yet, today is 2026-06-01"), "{future}");
    let early = of(&[extended("2005-01-01T00:00:00Z", "a", 1000)]);
    assert!(early.contains("2005-01-01 is before Spotify existed"), "{early}");
    let long =
        of(&[extended("2021-03-04T05:06:07Z", "a", 80_000_000), extended("2021-03-04T06:06:07Z", "b", 10_000_000)]);
    assert!(long.contains("2021-03-04 holds 25 h 00 min"), "{long}");
    assert!(of(&[extended("2021-03-04T05:06:07Z", "a", 0)]).contains("nothing was played"));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]
    #[test]
    fn bytes_at_random_are_refused(content: Vec<u8>) {
        let folder = Folder::new();
        let path = folder.file("a.json", content);
        let refusal = prepare_all(&[&path]).map(|prepared| prepared.summary).unwrap_err();
        proptest::prop_assert!(refusal.to_string().contains("a.json"), "{refusal}");
    }

    /// A damaged file may still be a history, but only if it is still whole: no row of it goes missing silently.
    #[test]
    fn a_cut_or_changed_file_is_refused_unless_it_is_still_whole(
        cut in 0..1700_usize,
        at in 0..1700_usize,
        byte: u8,
    ) {
        let mut content = Json::from(history(2)).to_string().into_bytes();
        content.truncate(cut);
        if let Some(spot) = content.get_mut(at) {
            *spot = byte;
        }
        let whole = serde_json::from_slice::<Vec<serde::de::IgnoredAny>>(&content);
        let folder = Folder::new();
        let path = folder.file("a.json", content);
        if let Ok(prepared) = prepare_all(&[&path]) {
            let rows = whole.map(|rows| rows.len() as u64);
            proptest::prop_assert_eq!(Some(prepared.summary.rows), rows.ok());
        }
    }
}
