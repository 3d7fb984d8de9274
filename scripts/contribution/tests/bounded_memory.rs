//! A lifetime of listening, 300,000 rows in more than 200 MB, goes through the pipeline in bounded memory.
//!
//! A counting allocator makes the figures exact and the same on every machine. This file has one test, as the tests
//! of a file share their memory.

use std::{
    fs::{self, File},
    io::{BufWriter, Write as _},
};

use chorus_contribution::{MemberSecret, NullifierKey, attestation, fs::prepare};
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const ROWS: u32 = 300_000;
const FILES: u32 = 20;
const MIB: usize = 1 << 20;

/// What all rows together may take: 400 bytes each, although the text of each takes 700.
const PREPARE_MIB: usize = 112;
/// What checking takes, however many rows there are.
const CHECK_MIB: usize = 4;

fn write_row(out: &mut impl std::io::Write, i: u32) -> std::io::Result<()> {
    let (day, second) = (i / 80, i % 80 * 1000);
    let (year, month, day) = (2012 + day / 336, 1 + day / 28 % 12, 1 + day % 28);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    // 40,000 tracks by 8,000 artists.
    let track = i.wrapping_mul(2_654_435_761) % 40_000;
    let artist = track % 8_000;
    writeln!(
        out,
        r#"  {{
    "ts": "{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z",
    "username": "listener",
    "platform": "Android OS 11 API 30 (samsung, SM-G991B)",
    "ms_played": {},
    "conn_country": "SE",
    "ip_addr": "203.0.113.77",
    "master_metadata_track_name": "A track with a name of usual length, number {track}",
    "master_metadata_album_artist_name": "An artist called {artist}",
    "master_metadata_album_album_name": "The album of that track, number {track}",
    "spotify_track_uri": "spotify:track:{track:022}",
    "episode_name": null,
    "episode_show_name": null,
    "spotify_episode_uri": null,
    "audiobook_title": null,
    "audiobook_uri": null,
    "audiobook_chapter_uri": null,
    "audiobook_chapter_title": null,
    "reason_start": "trackdone",
    "reason_end": "trackdone",
    "shuffle": false,
    "skipped": false,
    "offline": false,
    "offline_timestamp": null,
    "incognito_mode": false
  }}{}"#,
        100_000 + track,
        if i % (ROWS / FILES) == ROWS / FILES - 1 { "" } else { "," },
    )
}

#[test]
fn three_hundred_thousand_rows_in_two_hundred_megabytes_take_bounded_memory() {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = 0;
    for file in 0..FILES {
        let path = folder.path().join(format!("Streaming_History_Audio_{file}.json"));
        let mut out = BufWriter::new(File::create(&path).unwrap());
        writeln!(out, "[").unwrap();
        for i in file * (ROWS / FILES)..(file + 1) * (ROWS / FILES) {
            write_row(&mut out, i).unwrap();
        }
        writeln!(out, "]").unwrap();
        out.into_inner().unwrap();
        bytes += fs::metadata(path).unwrap().len();
    }
    assert!(bytes > 200_000_000, "{bytes} bytes");

    let today = 20_605;
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let paths = [folder.path().to_owned()];
    let prepared = prepare(&paths, &MemberSecret::from_bytes([1; 32]), today, |_| {}).unwrap();
    assert_eq!(prepared.summary.kept, u64::from(ROWS));
    let peak = MEMORY.peak_usage() - before;
    assert!(peak < PREPARE_MIB * MIB, "preparing took {} MiB", peak / MIB);

    let attester = age::x25519::Identity::generate();
    let path = folder.path().join("request.age");
    let out = BufWriter::new(File::create(&path).unwrap());
    attestation::request(&prepared, [1; 20], &[attester.to_public()], out).unwrap();
    let commitment = prepared.commitment;
    drop(prepared);

    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let key = NullifierKey::from_bytes([2; 32]);
    let request = std::io::BufReader::new(File::open(&path).unwrap());
    let verdict = attestation::check(request, &attester, &key, today).unwrap();
    assert_eq!(verdict.commitment.0, commitment);
    let peak = MEMORY.peak_usage() - before;
    assert!(peak < CHECK_MIB * MIB, "checking took {} KiB", peak / 1024);
}
