//! The whole pipeline on files made here: reading, refusing, committing, attesting, delivering.

mod attesting;
mod committing;
mod delivering;
mod reading;
mod refusing;

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use age::x25519::Identity;
use chorus_core::hash::Hash32;
use serde_json::{Value as Json, json};
use tempfile::TempDir;
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::{fs::prepare, *};

/// 1 June 2026.
const TODAY: u32 = 20_605;
const MEMBER: [u8; 20] = [0xa1; 20];

/// A folder for one test.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    fn rows(&self, name: &str, rows: &[Json]) -> PathBuf {
        self.file(name, Json::from(rows).to_string())
    }

    fn zip(&self, name: &str, entries: &[(&str, &str)]) -> PathBuf {
        let path = self.path(name);
        let mut zip = ZipWriter::new(fs::File::create(&path).unwrap());
        for (name, content) in entries {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(content.as_bytes()).unwrap();
        }
        zip.finish().unwrap();
        path
    }

    fn prepare(&self) -> Result<Prepared, Error> {
        prepare_all(&[self.0.path()])
    }
}

fn secret() -> MemberSecret {
    MemberSecret::from_bytes([7; 32])
}

fn prepare_all(paths: &[&Path]) -> Result<Prepared, Error> {
    let paths: Vec<_> = paths.iter().map(|path| path.to_path_buf()).collect();
    prepare(&paths, &secret(), TODAY, |_| {})
}

/// A row of the extended history as of 2023, with everything that must not leave the machine.
fn extended(ts: &str, track: &str, ms_played: u64) -> Json {
    json!({
        "ts": ts, "username": "Listener", "platform": "Android OS 4.2.2 API 17 (samsung, GT-I9195)",
        "ms_played": ms_played, "conn_country": "SE", "ip_addr_decrypted": "203.0.113.77",
        "ip_addr": "203.0.113.78", "user_agent_decrypted": "Mozilla",
        "master_metadata_track_name": track, "master_metadata_album_artist_name": "Artist",
        "master_metadata_album_album_name": "Album", "spotify_track_uri": format!("spotify:track:{track}"),
        "episode_name": null, "episode_show_name": null, "spotify_episode_uri": null,
        "audiobook_title": null, "audiobook_uri": null,
        "audiobook_chapter_uri": null, "audiobook_chapter_title": null,
        "reason_start": "clickrow", "reason_end": "trackdone", "shuffle": false, "skipped": null,
        "offline": false, "offline_timestamp": 1_614_834_300, "incognito_mode": false,
    })
}

fn account_row(end_time: &str, track: &str, ms_played: u64) -> Json {
    json!({ "endTime": end_time, "artistName": "Artist", "trackName": track, "msPlayed": ms_played })
}

/// The row with one field changed.
fn with(mut row: Json, field: &str, value: Json) -> Json {
    row[field] = value;
    row
}

/// The row without one field.
fn without(mut row: Json, field: &str) -> Json {
    row.as_object_mut().unwrap().remove(field);
    row
}

fn userdata(name: &str) -> String {
    json!({
        "username": name, "email": "someone@example.org", "country": "SE", "createdFromFacebook": false,
        "birthdate": "1990-01-01", "gender": "neutral", "creationTime": "2014-07-27",
    })
    .to_string()
}

/// So many plays on different days.
fn history(n: u32) -> Vec<Json> {
    (0..n)
        .map(|i| {
            let (month, day) = (1 + i / 28 % 12, 1 + i % 28);
            extended(&format!("{}-{month:02}-{day:02}T05:06:07Z", 2012 + i / 336), &format!("track{i}"), 200_000)
        })
        .collect()
}

fn contribution(n: u32) -> Prepared {
    let folder = Folder::new();
    folder.rows("endsong_0.json", &history(n));
    folder.prepare().unwrap()
}

/// The words of the error that was expected.
#[track_caller]
fn refused<T>(result: Result<T, Error>) -> String {
    match result {
        Ok(_) => panic!("should have been refused"),
        Err(error) => error.to_string(),
    }
}

fn decrypt(sealed: &[u8], identity: &Identity) -> String {
    String::from_utf8(age::decrypt(identity, sealed).unwrap()).unwrap()
}
