//! Reading exports of every form that Spotify gives, and what is counted.

use std::io::Cursor;

use super::*;

#[test]
fn rows_are_recognised_by_shape_and_not_by_name() {
    let folder = Folder::new();
    folder.rows("holiday pictures", &[extended("2021-03-04T05:06:07Z", "a", 1000)]);
    folder.rows("deep/er/x.txt", &[account_row("2022-03-04 05:06", "b", 120_000)]);
    let prepared = folder.prepare().unwrap();
    assert_eq!((prepared.summary.rows, prepared.summary.kept, prepared.summary.files), (2, 2, 2));
    assert_eq!(prepared.summary.days, 2);
    assert_eq!(prepared.summary.first_day, "2021-03-04");
    assert_eq!(prepared.summary.last_day, "2022-03-04");
    assert_eq!(prepared.summary.weight, 2);
}

#[test]
fn every_field_arrives_where_it_belongs() {
    let folder = Folder::new();
    folder.rows("x.json", &[with(extended("2021-03-04T05:06:07Z", "a", 1000), "skipped", json!(true))]);
    let play = Play {
        day: 18_690,
        ms_played: 1000,
        track: "a".into(),
        artist: "Artist".into(),
        album: Some("Album".into()),
        uri: Some("spotify:track:a".into()),
        reason_start: Some("clickrow".into()),
        reason_end: Some("trackdone".into()),
        shuffle: Some(false),
        skipped: Some(true),
        offline: Some(false),
        incognito: Some(false),
    };
    assert_eq!(folder.prepare().unwrap().rows, [play]);
}

#[test]
fn zip_folder_and_single_files_give_the_same_contribution() {
    let folder = Folder::new();
    let rows = Json::from(history(30));
    let single = folder.file("f/MyData/endsong_0.json", rows.to_string());
    let zip = folder.zip(
        "my_spotify_data.zip",
        &[("Spotify Extended Streaming History/Streaming_History_Audio_2012_0.json", &rows.to_string())],
    );
    let commitment = prepare_all(&[&single]).unwrap().commitment;
    assert_eq!(prepare_all(&[&folder.path("f")]).unwrap().commitment, commitment);
    assert_eq!(prepare_all(&[&zip]).unwrap().commitment, commitment);
    assert_eq!(prepare_all(&[&zip, &single]).unwrap().commitment, commitment);
    assert_eq!(folder.prepare().unwrap().commitment, commitment, "a zip in a folder");
}

/// As in a browser, which has no paths.
#[test]
fn bytes_in_memory_give_the_same_contribution_as_a_file() {
    let folder = Folder::new();
    let rows = Json::from(history(30)).to_string();
    let zip = folder.zip("my_spotify_data.zip", &[("MyData/endsong_0.json", &rows)]);
    let commitment = prepare_all(&[&zip]).unwrap().commitment;
    let of = |name: &str, bytes: Vec<u8>| {
        let file = ExportFile { name: name.to_owned(), chosen: true, content: Cursor::new(bytes) };
        crate::prepare([Ok(file)], &secret(), TODAY, |_| {})
    };
    assert_eq!(of("upload", fs::read(&zip).unwrap()).unwrap().commitment, commitment);
    assert_eq!(of("endsong_0.json", rows.into_bytes()).unwrap().commitment, commitment);
    assert!(refused(of("holiday.jpg", vec![0xff, 0xd8])).contains("holiday.jpg is not a listening history"));
    assert!(refused(of("empty.zip", b"PK\x03\x04".to_vec())).contains("empty.zip"));
}

#[test]
fn podcasts_audiobooks_videos_and_null_tracks_are_skipped_and_counted() {
    let song = |minute: u32| extended(&format!("2021-03-04T05:{minute:02}:07Z"), "a", 1000);
    let bare = |minute| {
        let row = with(song(minute), "master_metadata_track_name", Json::Null);
        let row = with(row, "master_metadata_album_artist_name", Json::Null);
        with(row, "spotify_track_uri", Json::Null)
    };
    let folder = Folder::new();
    folder.rows(
        "Streaming_History_Audio_2021_0.json",
        &[
            song(0),
            with(with(bare(1), "episode_name", json!("E")), "spotify_episode_uri", json!("spotify:episode:1")),
            with(bare(2), "audiobook_uri", json!("spotify:show:1")),
            bare(3),
            with(song(4), "master_metadata_album_artist_name", Json::Null),
        ],
    );
    // A music video has exactly the fields of a song; a video podcast does not.
    folder
        .rows("Streaming_History_Video_2021.json", &[song(5), bare(6), with(bare(7), "episode_show_name", json!("S"))]);
    folder.rows(
        "StreamingHistory_podcast_0.json",
        &[json!({ "endTime": "2021-03-04 05:06", "podcastName": "P", "episodeName": "E", "msPlayed": 1 })],
    );
    folder.rows(
        "StreamingHistory_audiobook_0.json",
        &[json!({
            "endTime": "2021-03-04 05:06", "authorName": "A", "audiobookName": "B", "chapterName": "C", "msPlayed": 1,
        })],
    );
    let nameless = |artist: Json, track: Json| {
        let row = account_row("2021-03-04 05:06", "", 1);
        with(with(row, "artistName", artist), "trackName", track)
    };
    folder.rows(
        "StreamingHistory_music_0.json",
        &[nameless("Unknown Artist".into(), "Unknown Track".into()), nameless(Json::Null, Json::Null)],
    );
    let summary = folder.prepare().unwrap().summary;
    let skipped = Skipped { podcast: 3, audiobook: 2, video: 2, null_track: 4, duplicate: 0 };
    assert_eq!((summary.rows, summary.kept, summary.skipped), (12, 1, skipped));
}

#[test]
fn overlapping_files_and_formats_count_once() {
    let folder = Folder::new();
    let rows = history(10);
    folder.rows("endsong_0.json", &rows[..7]);
    folder.rows("endsong_1.json", &rows[4..]);
    // The same plays, as account data has them: to the minute.
    let twins: Vec<_> = (1..=9)
        .map(|day| account_row(&format!("2012-01-{day:02} 05:06"), &format!("track{}", day - 1), 200_000))
        .collect();
    folder.rows("StreamingHistory_music_0.json", &twins[2..9]);
    folder.rows("StreamingHistory_music_1.json", &[account_row("2012-02-01 05:06", "new", 60_000)]);
    folder.file("Userdata.json", userdata("LISTENER"));
    let summary = folder.prepare().unwrap().summary;
    assert_eq!((summary.rows, summary.kept, summary.skipped.duplicate), (21, 11, 10));
    assert_eq!(summary.weight, 31);
}

#[test]
fn byte_order_marks_empty_arrays_white_space_and_other_files_are_fine() {
    let folder = Folder::new();
    let rows = Json::from(history(3)).to_string();
    folder.file("a.json", format!("\u{feff}{rows}"));
    folder.file("b.json", "[]");
    folder.file("c.json", "\u{feff} [ \n ] \n");
    folder.file("d.json", format!("\r\n\t {rows}\n\n"));
    folder.file("Playlist1.json", r#"{"playlists":[{"name":"x","items":[{"track":null}]}]}"#);
    folder.file("SearchQueries.json", r#"[{"platform":"IPHONE","searchQuery":"x"},{"platform":1}]"#);
    folder.file("Follow.json", r#"{"username":"a friend","followerCount":3}"#);
    folder.file("ReadMeFirst_ExtendedStreamingHistory.pdf", "%PDF-1.4 …");
    folder.file("__MACOSX/._a.json", "\0\x05\x16\x07");
    folder.file("._b.json", "\0\x05\x16\x07");
    let summary = folder.prepare().unwrap().summary;
    assert_eq!((summary.rows, summary.kept, summary.files), (6, 3, 4));
}

#[test]
fn nulls_empty_texts_and_missing_fields_are_absent() {
    let mut row = extended("2021-03-04T05:06:07Z", "a", 90_000);
    for field in ["shuffle", "offline", "incognito_mode", "spotify_track_uri"] {
        row = with(row, field, Json::Null);
    }
    row = with(without(row, "master_metadata_album_album_name"), "reason_start", json!(""));
    let folder = Folder::new();
    folder.rows("x.json", &[row]);
    let play = folder.prepare().unwrap().rows.remove(0);
    assert_eq!((play.shuffle, play.skipped, play.offline, play.incognito), (None, None, None, None));
    assert_eq!((play.album, play.uri, play.reason_start), (None, None, None));
}

/// `ts` of an offline play is when the device came back, so a holiday would be one day of a hundred hours.
#[test]
fn offline_plays_belong_to_the_day_on_which_they_were_heard() {
    const ONLINE_S: i64 = 1_614_834_367; // 2021-03-04T05:06:07Z
    let folder = Folder::new();
    let mut rows = Vec::new();
    for days_ago in 0..20 {
        let row = extended("2021-03-04T05:06:07Z", &format!("t{days_ago}"), 18_000_000);
        let start = ONLINE_S - 18_000 - days_ago * 86_400;
        let start = if days_ago % 2 == 0 { start } else { start * 1000 };
        rows.push(with(with(row, "offline", json!(true)), "offline_timestamp", json!(start)));
    }
    let odd = |value| {
        let row = extended("2021-06-04T05:06:07Z", &format!("{value}"), 60_000);
        with(with(row, "offline", json!(true)), "offline_timestamp", value)
    };
    // A start that is impossible is not believed.
    rows.extend([odd(Json::Null), odd(json!(0)), odd(json!(ONLINE_S)), odd(json!(i64::MAX)), odd(json!("x"))]);
    folder.rows("a.json", &rows);
    let summary = folder.prepare().unwrap().summary;
    assert_eq!((summary.kept, summary.days), (25, 21));
    assert_eq!((&*summary.first_day, &*summary.last_day), ("2021-02-13", "2021-06-04"));
}

#[test]
fn a_zip_is_read_without_what_systems_add() {
    let folder = Folder::new();
    let zip = folder.zip(
        "my_spotify_data.zip",
        &[
            ("MyData/endsong_0.json", &Json::from(history(2)).to_string()),
            ("MyData/ReadMeFirst.pdf", "%PDF"),
            ("__MACOSX/MyData/._endsong_0.json", "\0\x05"),
        ],
    );
    let summary = prepare_all(&[&zip]).unwrap().summary;
    assert_eq!((summary.kept, summary.files, summary.other_files), (2, 1, 1));
}

#[test]
fn account_data_gets_its_account_from_userdata() {
    let folder = Folder::new();
    folder.rows("StreamingHistory_music_0.json", &[account_row("2025-01-15 14:32", "a", 90_000)]);
    folder.file("Userdata.json", userdata(" Someone "));
    assert_eq!(folder.prepare().unwrap().account.reveal(), "someone");
}

#[test]
fn fields_that_stay_behind_are_named() {
    let folder = Folder::new();
    folder.rows("a.json", &[with(extended("2021-03-04T05:06:07Z", "a", 90_000), "city", json!("Växjö"))]);
    let dropped = folder.prepare().unwrap().summary.dropped_fields;
    for field in [
        "ip_addr",
        "ip_addr_decrypted",
        "conn_country",
        "platform",
        "user_agent_decrypted",
        "username",
        "ts (time of day)",
        "offline_timestamp",
        "city",
    ] {
        assert!(dropped.iter().any(|name| name == field), "{field} in {dropped:?}");
    }
    assert!(!dropped.iter().any(|name| name.starts_with("master_") || name == "skipped"));
}

#[test]
fn progress_ends_at_the_last_row() {
    let folder = Folder::new();
    let path = folder.rows("a.json", &history(5));
    let mut last = (0, 0);
    prepare(&[path], &secret(), TODAY, |progress| {
        if let Progress::Committing { rows, of } = progress {
            last = (rows, of);
        }
    })
    .unwrap();
    assert_eq!(last, (5, 5));
}

#[test]
fn the_summary_is_the_documented_object() {
    let summary = serde_json::to_value(contribution(3).summary).unwrap();
    for key in ["rows", "kept", "skipped", "days", "weight", "commitment", "leaves", "dropped_fields"] {
        assert!(summary.get(key).is_some(), "{key}");
    }
    assert_eq!(summary["skipped"]["podcast"], 0);
    assert_eq!(summary["leaves"], 3);
}
