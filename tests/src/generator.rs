//! Makes exports of people who do not exist.
//!
//! Every person is generated from a seed and says so: in the account's name, in a file beside the data, in the names of
//! artists that nobody has heard of. The form is true to life: both of Spotify's downloads with the files, fields, gaps
//! and oddities that they have (2023 to 2026), a few artists heard all the time and many once, seasons and quiet days,
//! skips, podcasts, nulls, files that overlap.
//!
//! The truth about each export comes with it, so that a test can compare what the pipeline finds.

use std::{
    collections::HashSet,
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use rand::{Rng as _, SeedableRng as _, seq::IndexedRandom as _};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, Zipf};
use serde_json::{Value, json};
use zip::{ZipWriter, write::SimpleFileOptions};

/// Artists in the world. Everybody hears the same ones, some far more often than others.
const ARTISTS: u32 = 3_000;
/// Tracks of an artist.
const TRACKS: u32 = 25;
/// Rows that one file repeats of the one before.
const OVERLAP: usize = 5;
/// Rows in one file of account data.
const ACCOUNT_FILE_ROWS: usize = 10_000;

const NOTICE: &str = "This person does not exist. The export was generated for tests and demonstrations of \
    Chorus; names of artists, tracks and accounts are invented.\n";

/// Which of Spotify's downloads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// "Extended streaming history".
    Extended,
    /// "Account data".
    Account,
}

/// Whether the download was unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// `my_spotify_data.zip`.
    Zip,
    /// A folder.
    Folder,
}

/// How much a person listens.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Days of history; account data holds the last 365 of them.
    pub days: u32,
    /// Rows on an average day of an average person. Some listen a third of it, some three times as much.
    pub rows_per_day: f64,
    /// The last day of the history, in days since 1970.
    pub last_day: u32,
}

impl Size {
    /// A few hundred rows, so that a thousand people are made in seconds.
    pub fn modest(last_day: u32) -> Self {
        Self { days: 120, rows_per_day: 3.0, last_day }
    }
}

/// An export, and the truth about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Generated {
    /// The zip or the folder.
    pub path: PathBuf,
    /// The account's name.
    pub account: String,
    /// Listening rows in all files.
    pub rows: u64,
    /// Different songs played: the rows of a contribution.
    pub plays: u64,
    /// Rows of podcasts.
    pub podcasts: u64,
    /// Rows of audiobooks.
    pub audiobooks: u64,
    /// Rows of videos.
    pub videos: u64,
    /// Rows in which the track is null.
    pub null_tracks: u64,
    /// Rows that stand in two files.
    pub duplicates: u64,
}

/// Makes the export of person `index` in a new folder of `out_dir`.
///
/// The same arguments give the same files. The two formats of one person name one account and hold the same
/// plays, as far as account data goes back.
pub fn generate(
    index: u32,
    seed: u64,
    size: Size,
    format: Format,
    packing: Packing,
    out_dir: &Path,
) -> io::Result<Generated> {
    let person = Person::new(index, seed, size);
    let heard = person.listen();
    let mut truth = Generated { account: person.account.clone(), ..Generated::default() };
    let files = match format {
        Format::Extended => extended_files(&person, &heard, &mut truth),
        Format::Account => account_files(&person, &heard, &mut truth),
    };
    truth.plays = truth.rows - truth.podcasts - truth.audiobooks - truth.videos - truth.null_tracks - truth.duplicates;
    let folder = out_dir.join(format!("generated-{index:05}"));
    fs::create_dir_all(&folder)?;
    truth.path = match packing {
        Packing::Zip => write_zip(&folder.join("my_spotify_data.zip"), &files)?,
        Packing::Folder => write_folder(&folder.join("my_spotify_data"), &files)?,
    };
    Ok(truth)
}

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Song {
        artist: u32,
        track: u32,
    },
    Podcast {
        show: u32,
        episode: u32,
    },
    Audiobook {
        chapter: u32,
    },
    Video {
        artist: u32,
    },
    /// Spotify knows that something was played and not what.
    Null,
}

/// One row of history before it takes a format.
#[derive(Clone, Debug)]
struct Heard {
    ended_s: i64,
    ms_played: u32,
    what: What,
    skipped: bool,
    shuffle: bool,
    offline: bool,
    incognito: bool,
}

struct Person {
    account: String,
    /// Exports from before 2024 name the account in every row.
    old_export: bool,
    size: Size,
    rows_per_day: f64,
    skips: f64,
    /// Where this person's favourites begin among the artists.
    taste: u32,
    seed: u64,
    index: u32,
}

impl Person {
    fn new(index: u32, seed: u64, size: Size) -> Self {
        let mut rng = stream(seed, index, 0);
        Self {
            account: format!("generated-{seed:x}-{index}"),
            old_export: rng.random_bool(0.5),
            size,
            rows_per_day: size.rows_per_day * 3_f64.powf(rng.random_range(-1.0..1.0)),
            skips: rng.random_range(0.05..0.4),
            taste: rng.random_range(0..ARTISTS),
            seed,
            index,
        }
    }

    /// The whole history, oldest first; no two rows end in the same second.
    fn listen(&self) -> Vec<Heard> {
        let mut rng = stream(self.seed, self.index, 1);
        let artists = zipf(ARTISTS, 1.05);
        let tracks = zipf(TRACKS, 0.9);
        let mut heard: Vec<Heard> = Vec::new();
        let mut known = HashSet::new();
        let mut now_s = 0;
        for day in self.size.last_day.saturating_sub(self.size.days.saturating_sub(1))..=self.size.last_day {
            let rows = self.rows_on(day, &mut rng);
            // From the morning on; a day ends before midnight whatever was played.
            let morning_s = i64::from(day) * 86_400 + rng.random_range(6..10) * 3_600;
            let evening_s = i64::from(day) * 86_400 + 86_000;
            now_s = now_s.max(morning_s);
            for _ in 0..rows {
                let (what, whole_ms) = self.choose(&artists, &tracks, &mut rng);
                let skipped = rng.random_bool(self.skips);
                let mut ms_played = if skipped { rng.random_range(400..40_000) } else { whole_ms };
                now_s += i64::from(ms_played / 1000) + rng.random_range(1..240);
                if now_s > evening_s {
                    break;
                }
                // Account data tells plays apart by minute, length and track alone.
                while !known.insert((now_s / 60, ms_played, format!("{what:?}"))) {
                    ms_played += 1;
                }
                heard.push(Heard {
                    ended_s: now_s,
                    ms_played,
                    what,
                    skipped,
                    shuffle: rng.random_bool(0.4),
                    offline: rng.random_bool(0.05),
                    incognito: rng.random_bool(0.02),
                });
            }
        }
        heard
    }

    /// More in winter and on free days, nothing on some days.
    fn rows_on(&self, day: u32, rng: &mut ChaCha8Rng) -> u32 {
        if rng.random_bool(0.15) {
            return 0;
        }
        let season = 1.0 + 0.35 * (f64::from(day % 365) / 365.0 * std::f64::consts::TAU).cos();
        let free_day = if matches!(day % 7, 2 | 3) { 1.4 } else { 0.9 };
        let mean = self.rows_per_day * season * free_day;
        (mean * rng.random_range(0.4..1.6)).round().clamp(0.0, 400.0) as u32
    }

    fn choose(&self, artists: &Zipf<f64>, tracks: &Zipf<f64>, rng: &mut ChaCha8Rng) -> (What, u32) {
        match rng.random_range(0..1000) {
            0..15 => {
                let (show, episode) = (rng.random_range(0..40), rng.random_range(0..300));
                (What::Podcast { show, episode }, rng.random_range(600_000..3_600_000))
            }
            15..20 => (What::Audiobook { chapter: rng.random_range(0..40) }, 1_500_000),
            20..25 => (What::Video { artist: self.artist(artists, rng) }, 210_000),
            25..32 => (What::Null, rng.random_range(1_000..200_000)),
            _ => {
                let artist = self.artist(artists, rng);
                let track = tracks.sample(rng) as u32 - 1;
                // A track has its length, whoever hears it.
                (What::Song { artist, track }, 120_000 + mix(artist * TRACKS + track) % 210_000)
            }
        }
    }

    /// Half the time a favourite of one's own, else what everybody hears.
    fn artist(&self, artists: &Zipf<f64>, rng: &mut ChaCha8Rng) -> u32 {
        let rank = artists.sample(rng) as u32 - 1;
        if rng.random_bool(0.5) { (rank + self.taste) % ARTISTS } else { rank }
    }
}

/// A file of the export: its name within and its text.
type Entry = (String, String);

fn extended_files(person: &Person, heard: &[Heard], truth: &mut Generated) -> Vec<Entry> {
    let folder = if person.old_export { "MyData" } else { "Spotify Extended Streaming History" };
    let (videos, audio): (Vec<_>, Vec<_>) = heard.iter().partition(|heard| matches!(heard.what, What::Video { .. }));
    let mut files = vec![
        (format!("{folder}/ReadMeFirst_ExtendedStreamingHistory.pdf"), format!("%PDF-1.4\n{NOTICE}")),
        ("GENERATED.txt".to_owned(), NOTICE.to_owned()),
    ];
    let per_file = audio.len().div_ceil(3).max(OVERLAP);
    for (number, from) in (0..audio.len()).step_by(per_file).enumerate() {
        let begin = from.saturating_sub(OVERLAP);
        let rows = &audio[begin..audio.len().min(from + per_file)];
        audio[begin..from].iter().for_each(|twin| match twin.what {
            What::Song { .. } => truth.duplicates += 1,
            other => count(truth, other),
        });
        audio[from..begin + rows.len()].iter().for_each(|heard| count(truth, heard.what));
        truth.rows += rows.len() as u64;
        let name = format!("{folder}/Streaming_History_Audio_{}_{number}.json", years(rows));
        files.push((name, list(rows.iter().map(|heard| extended_row(person, heard)))));
    }
    truth.rows += videos.len() as u64;
    truth.videos = videos.len() as u64;
    let name = format!("{folder}/Streaming_History_Video_{}.json", years(&videos));
    files.push((name, list(videos.iter().map(|heard| extended_row(person, heard)))));
    if !person.old_export {
        // Names the account; a member of today adds it from the other download.
        files.push(userdata(person));
    }
    files
}

fn account_files(person: &Person, heard: &[Heard], truth: &mut Generated) -> Vec<Entry> {
    const FOLDER: &str = "Spotify Account Data";
    let since_s = (i64::from(person.size.last_day) - 364) * 86_400;
    let year: Vec<_> = heard.iter().filter(|heard| heard.ended_s >= since_s).collect();
    // Videos and books of this download are told by their fields; a null track is named "Unknown".
    let mut files = vec![
        userdata(person),
        ("GENERATED.txt".to_owned(), NOTICE.to_owned()),
        (format!("{FOLDER}/Follow.json"), json!({ "followerCount": 3, "username": "a friend" }).to_string()),
        (format!("{FOLDER}/Playlist1.json"), json!({ "playlists": [{ "name": "mix", "items": [] }] }).to_string()),
        (format!("{FOLDER}/SearchQueries.json"), json!([{ "platform": "IPHONE", "searchQuery": "x" }]).to_string()),
    ];
    let pick = |kind: fn(What) -> bool| year.iter().copied().filter(|heard| kind(heard.what)).collect::<Vec<_>>();
    let music = pick(|what| matches!(what, What::Song { .. } | What::Null));
    let podcasts = pick(|what| matches!(what, What::Podcast { .. }));
    let books = pick(|what| matches!(what, What::Audiobook { .. }));
    for (number, rows) in music.chunks(ACCOUNT_FILE_ROWS).enumerate() {
        let name = format!("{FOLDER}/StreamingHistory_music_{number}.json");
        files.push((name, list(rows.iter().map(|heard| account_row(heard)))));
    }
    for (name, rows) in [("podcast", &podcasts), ("audiobook", &books)] {
        let name = format!("{FOLDER}/StreamingHistory_{name}_0.json");
        files.push((name, list(rows.iter().map(|heard| account_row(heard)))));
    }
    for heard in music.iter().chain(&podcasts).chain(&books) {
        truth.rows += 1;
        count(truth, heard.what);
    }
    files
}

fn count(truth: &mut Generated, what: What) {
    match what {
        What::Song { .. } => {}
        What::Podcast { .. } => truth.podcasts += 1,
        What::Audiobook { .. } => truth.audiobooks += 1,
        What::Video { .. } => truth.videos += 1,
        What::Null => truth.null_tracks += 1,
    }
}

fn extended_row(person: &Person, heard: &Heard) -> Value {
    let id = |kind: &str, number: u32| format!("spotify:{kind}:generated{number:013}");
    let mut row = json!({
        "ts": time(heard.ended_s).strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "platform": "android",
        "ms_played": heard.ms_played,
        "conn_country": "ZZ",
        "master_metadata_track_name": null,
        "master_metadata_album_artist_name": null,
        "master_metadata_album_album_name": null,
        "spotify_track_uri": null,
        "episode_name": null,
        "episode_show_name": null,
        "spotify_episode_uri": null,
        "reason_start": if heard.shuffle { "fwdbtn" } else { "trackdone" },
        "reason_end": if heard.skipped { "fwdbtn" } else { "trackdone" },
        "shuffle": heard.shuffle,
        "skipped": heard.skipped,
        "offline": heard.offline,
        "offline_timestamp": heard.offline.then_some(heard.ended_s - i64::from(heard.ms_played / 1000)),
        "incognito_mode": heard.incognito,
    });
    if person.old_export {
        row["username"] = json!(person.account);
        row["ip_addr_decrypted"] = json!("192.0.2.1");
        row["user_agent_decrypted"] = json!("unknown");
        row["skipped"] = if heard.skipped { json!(true) } else { Value::Null };
    } else {
        row["ip_addr"] = json!("192.0.2.1");
        for field in ["audiobook_title", "audiobook_uri", "audiobook_chapter_uri", "audiobook_chapter_title"] {
            row[field] = Value::Null;
        }
    }
    match heard.what {
        What::Song { artist, .. } | What::Video { artist } => {
            let track = if let What::Song { track, .. } = heard.what { track } else { 0 };
            row["master_metadata_track_name"] = json!(track_name(artist, track));
            row["master_metadata_album_artist_name"] = json!(artist_name(artist));
            row["master_metadata_album_album_name"] = json!(track_name(artist, track / 8));
            row["spotify_track_uri"] = json!(id("track", artist * TRACKS + track));
        }
        What::Podcast { show, episode } => {
            row["episode_name"] = json!(format!("Episode {episode}"));
            row["episode_show_name"] = json!(format!("The {} Hour", name(show, 2)));
            row["spotify_episode_uri"] = json!(id("episode", show * 1000 + episode));
        }
        What::Audiobook { chapter } => {
            row["audiobook_title"] = json!("A Generated Book");
            row["audiobook_uri"] = json!(id("show", 1));
            row["audiobook_chapter_uri"] = json!(id("episode", chapter));
            row["audiobook_chapter_title"] = json!(format!("Chapter {chapter}"));
        }
        What::Null => {}
    }
    row
}

fn account_row(heard: &Heard) -> Value {
    let mut row = match heard.what {
        What::Song { artist, track } => {
            json!({ "artistName": artist_name(artist), "trackName": track_name(artist, track) })
        }
        What::Podcast { show, episode } => json!({
            "podcastName": format!("The {} Hour", name(show, 2)),
            "episodeName": format!("Episode {episode}"),
        }),
        What::Audiobook { chapter } => json!({
            "authorName": "Nobody",
            "audiobookName": "A Generated Book",
            "chapterName": format!("Chapter {chapter}"),
        }),
        What::Null | What::Video { .. } => {
            json!({ "artistName": "Unknown Artist", "trackName": "Unknown Track" })
        }
    };
    row["endTime"] = json!(time(heard.ended_s).strftime("%Y-%m-%d %H:%M").to_string());
    row["msPlayed"] = json!(heard.ms_played);
    row
}

fn userdata(person: &Person) -> Entry {
    let data = json!({
        "username": person.account, "email": "nobody@example.invalid", "country": "ZZ", "createdFromFacebook": false,
        "facebookUid": null, "birthdate": "1990-01-01", "gender": "neutral", "postalCode": null,
        "mobileNumber": null, "mobileOperator": null, "mobileBrand": null, "creationTime": "2015-01-01",
    });
    ("Spotify Account Data/Userdata.json".to_owned(), data.to_string())
}

/// Rows as Spotify writes them: a list, indented by two.
fn list(rows: impl Iterator<Item = Value>) -> String {
    format!("{:#}", Value::Array(rows.collect()))
}

/// `2021` or `2021-2022`, for file names.
fn years(rows: &[&Heard]) -> String {
    let year = |heard: Option<&&Heard>| heard.map_or(2020, |heard| date(heard.ended_s).year());
    match (year(rows.first()), year(rows.last())) {
        (first, last) if first == last => first.to_string(),
        (first, last) => format!("{first}-{last}"),
    }
}

fn time(unix_s: i64) -> jiff::Zoned {
    Timestamp::from_second(unix_s).unwrap_or_default().to_zoned(TimeZone::UTC)
}

fn date(unix_s: i64) -> Date {
    time(unix_s).date()
}

fn write_folder(path: &Path, files: &[Entry]) -> io::Result<PathBuf> {
    for (name, text) in files {
        let path = path.join(name);
        fs::create_dir_all(path.parent().unwrap_or(&path))?;
        fs::write(path, text)?;
    }
    Ok(path.to_owned())
}

fn write_zip(path: &Path, files: &[Entry]) -> io::Result<PathBuf> {
    let mut zip = ZipWriter::new(BufWriter::new(File::create(path)?));
    for (name, text) in files {
        zip.start_file(name.as_str(), SimpleFileOptions::default()).map_err(io::Error::other)?;
        zip.write_all(text.as_bytes())?;
    }
    zip.finish().map_err(io::Error::other)?.flush()?;
    Ok(path.to_owned())
}

/// Random numbers of one person and purpose, independent of all others.
fn stream(seed: u64, index: u32, purpose: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(u64::from(index) << 8 | purpose);
    rng
}

fn zipf(n: u32, exponent: f64) -> Zipf<f64> {
    match Zipf::new(f64::from(n), exponent) {
        Ok(zipf) => zipf,
        Err(_) => unreachable!("the constants above make a distribution"),
    }
}

/// Spreads a number over all 32 bits: names and lengths look random and never change.
fn mix(number: u32) -> u32 {
    let mixed = (number ^ number >> 16).wrapping_mul(0x7feb_352d);
    (mixed ^ mixed >> 15).wrapping_mul(0x846c_a68b)
}

/// An invented word or two.
fn name(number: u32, syllables: u32) -> String {
    const SYLLABLES: [&str; 32] = [
        "ba", "vel", "or", "kin", "sai", "mu", "ren", "tal", "ix", "dro", "eph", "lun", "ga", "wy", "sto", "nar",
        "que", "fi", "hal", "bri", "zem", "ul", "cor", "ji", "pax", "the", "os", "mir", "å", "dø", "né", "yu",
    ];
    let mut rng = ChaCha8Rng::seed_from_u64(u64::from(number));
    let word: String = (0..syllables).filter_map(|_| SYLLABLES.choose(&mut rng)).copied().collect();
    let mut letters = word.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

fn artist_name(artist: u32) -> String {
    // The number keeps two artists from sharing a name.
    format!("{} {}{artist}", name(artist, 3), name(mix(artist), 2))
}

fn track_name(artist: u32, track: u32) -> String {
    format!("{} No. {track}", name(mix(artist * TRACKS + track), 3))
}
