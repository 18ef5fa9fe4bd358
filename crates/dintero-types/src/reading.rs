//! Reads a body so that no optional field makes all of it unreadable.
//!
//! The body is read as fast as can be first, whole numbers by `serde` alone. Where one is not written as such (`1.0`), all is
//! read again by the texts of numbers, and on that thread so from then on, since a float does not have all digits.
//! Only when reading fails, or when something is seen that the types do not know and that has not been told yet, the body
//! is read a second time: every optional field is then taken as its text, tried, and put to the unknown ones if it does
//! not fit. The types are the same both times; how they read is told by the thread, so that nothing is compiled twice.
//! Where things stand is told by where their texts lie in the body.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

use serde::de::{DeserializeOwned, DeserializeSeed, Error};

use crate::unknown::number;
use crate::{json_path, raw};

/// An optional field whose value could not be read as described. It reads as absent; what came is kept with the unknown
/// fields of its object.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unread {
    /// Its JSON path, such as `$.events[0].error.type`.
    pub path: String,
    /// What was expected.
    pub expected: String,
    /// The kind of value that stood there; never the value.
    pub found: &'static str,
}

/// Something that the document does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct News {
    /// What it is.
    pub kind: NewsKind,
    /// Its JSON path.
    pub path: String,
}

/// What can be new in a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NewsKind {
    /// A value that an enum, or the tag of a choice, does not know.
    UnknownValue,
    /// A field that its type does not name.
    UnknownField,
    /// An optional field, or a choice, whose value is not as described.
    UnreadField,
}

impl NewsKind {
    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnknownValue => "unknown value",
            Self::UnknownField => "unknown field",
            Self::UnreadField => "unread field",
        }
    }
}

impl std::fmt::Display for NewsKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// A body that has been read.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Reading<T> {
    /// What it holds.
    pub value: T,
    /// The optional fields that could not be read.
    pub unread: Vec<Unread>,
    /// What the document does not have, of that which has not been told of this scope before on this thread.
    pub news: Vec<News>,
}

impl<T> Reading<T> {
    fn plain(value: T) -> Self {
        Self { value, unread: Vec::new(), news: Vec::new() }
    }
}

/// How a body is read.
#[derive(Debug, Clone, Copy, Default)]
pub struct How {
    /// An optional field that does not fit fails the whole.
    pub strict: bool,
    /// What news is told of, once a thread: a number for the operation; none where nobody asks.
    pub scope: usize,
}

/// How deep a body may go that is read with the texts of its parts; `serde_json` goes no deeper by itself.
const DEEPEST: usize = 128;

/// So much news is told of on a thread; a service that makes up names without end is not followed.
const MOST: usize = 4096;

const RECENT_SLOTS: usize = 256;

/// How objects read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// By `serde` alone.
    Plain,
    /// The same, and what should be looked at again leaves a flag.
    Exact,
    /// The same, and a whole number that is not written as one leaves a flag, too, for what it is is seen by its text alone.
    Fast,
    /// With texts.
    Lenient,
}

/// The body should be read again: a choice did not fit.
const AGAIN: u8 = 1;
/// There is something that has not been told.
const NEW: u8 = 2;

thread_local! {
    static MODE: Cell<Mode> = const { Cell::new(Mode::Plain) };
    static FLAGS: Cell<u8> = const { Cell::new(0) };
    /// Whether whole numbers are taken by their texts: one was met that is not written as such.
    static TEXTS: Cell<bool> = const { Cell::new(false) };
    static SCOPE: Cell<usize> = const { Cell::new(0) };
    /// Where the text begins and ends that errors tell places of.
    static BODY: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
    /// The place that is being read.
    static PLACE: Cell<usize> = const { Cell::new(0) };
    static NOTES: RefCell<Vec<Note>> = const { RefCell::new(Vec::new()) };
    /// Of what has been told what was met last: nearly all that is met is here.
    static RECENT: [Cell<u64>; RECENT_SLOTS] = const { [const { Cell::new(0) }; RECENT_SLOTS] };
    /// What has been told.
    static TOLD: RefCell<HashSet<u64, BuildHasherDefault<Hashed>>> = RefCell::default();
}

/// What was met.
pub(crate) struct Note {
    kind: NewsKind,
    place: usize,
    told: u64,
    unread: Option<(String, &'static str)>,
}

/// A number that is a hash already.
#[derive(Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }
    fn write_u64(&mut self, value: u64) {
        self.0 = (self.0.rotate_left(5) ^ value).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}

/// What is met twice has one number; that two things have the same costs no more than a word that is not said.
#[inline]
fn told_number(of: usize, name: u64) -> u64 {
    let mut hash = Hashed(name);
    hash.write_u64(SCOPE.get() as u64);
    hash.write_u64(of as u64);
    hash.finish()
}

/// Where a number is kept among the last ones.
fn recent_slot(told: u64) -> usize {
    (told >> 32) as usize % RECENT_SLOTS
}

/// Sets the mode, and the one before when it is dropped.
struct Turn(Mode);

impl Turn {
    fn to(mode: Mode) -> Self {
        Self(MODE.replace(mode))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        MODE.set(self.0);
    }
}

/// Reads JSON as the client reads an answer: no optional field fails it, and what could not be read is listed.
///
/// ```
/// dintero_types::object! {
///     /// A payment.
///     read pub struct Payment {
///         pub id: String,
///     } optional {
///         pub status: Option<String>,
///     }
/// }
///
/// let reading = dintero_types::reading::from_slice::<Payment>(br#"{"id":"1","status":{"is":"new"}}"#)?;
/// assert_eq!(reading.value.status, None);
/// assert_eq!(reading.value.unknown().raw("status"), Some(r#"{"is":"new"}"#));
/// assert_eq!((reading.unread[0].path.as_str(), reading.unread[0].found), ("$.status", "object"));
/// # Ok::<(), dintero_types::serde_json::Error>(())
/// ```
///
/// # Errors
/// Something that is always there is not, or does not fit.
pub fn from_slice<T: DeserializeOwned>(body: &[u8]) -> Result<Reading<T>, serde_json::Error> {
    read(body, How::default(), json)
}

/// As [`serde_json::from_slice`] for what is read whole, and faster: that the body is UTF-8 is seen once, not text by text.
///
/// # Errors
/// The body is no JSON of this type.
#[inline]
pub fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, serde_json::Error> {
    match std::str::from_utf8(body) {
        Ok(text) => serde_json::from_str(text),
        Err(why) => Err(no_text(body, &why)),
    }
}

/// Where the body is no UTF-8, as `serde_json` tells it.
#[cold]
fn no_text(body: &[u8], why: &std::str::Utf8Error) -> serde_json::Error {
    serde_json::from_slice::<serde_json::Value>(body).err().unwrap_or_else(|| Error::custom(why))
}

/// Reads a body by `decode`, which is asked a second time where the first does not do.
///
/// # Errors
/// Something that is always there is not, or does not fit. When reading strictly, the same of what may be absent.
pub fn read<T>(
    body: &[u8],
    how: How,
    decode: impl Fn(&[u8]) -> Result<T, serde_json::Error>,
) -> Result<Reading<T>, serde_json::Error> {
    // Within another reading it is a part of that.
    if MODE.get() != Mode::Plain {
        return decode(body).map(Reading::plain);
    }
    let begin = body.as_ptr() as usize;
    BODY.set((begin, begin + body.len()));
    SCOPE.set(how.scope);
    let first = |mode| {
        FLAGS.set(0);
        let _turn = Turn::to(mode);
        decode(body)
    };
    let first = match TEXTS.get() {
        true => first(Mode::Exact),
        false => {
            let fast = first(Mode::Fast);
            match TEXTS.get() {
                true => first(Mode::Exact),
                false => fast,
            }
        }
    };
    let again = match (&first, FLAGS.get(), how.strict) {
        (Ok(_), 0, _) | (Ok(_), AGAIN, true) => false,
        (Ok(_), _, _) => true,
        (Err(why), _, strict) => !strict && why.is_data(),
    };
    if !again || is_too_deep(body) {
        return first.map(Reading::plain);
    }
    PLACE.set(begin);
    NOTES.take();
    let second = {
        let _turn = Turn::to(Mode::Lenient);
        decode(body)
    };
    let notes = NOTES.take();
    match (first, second) {
        (Ok(value), _) if how.strict => {
            let mut reading = told(body, notes, value);
            reading.unread.clear();
            reading.news.retain(|news| news.kind != NewsKind::UnreadField);
            Ok(reading)
        }
        (_, Ok(value)) => Ok(told(body, notes, value)),
        (Ok(value), Err(_)) => Ok(Reading::plain(value)),
        (Err(_), Err(why)) => Err(why),
    }
}

/// What the notes say, with paths.
fn told<T>(body: &[u8], notes: Vec<Note>, value: T) -> Reading<T> {
    let begin = body.as_ptr() as usize;
    // To the first byte of the value, or behind the name of the field.
    let places: Vec<usize> = notes.iter().map(|note| note.place.saturating_sub(begin)).collect();
    let paths = json_path::of_places(body, &places);
    let mut reading = Reading::plain(value);
    let mut fresh = HashSet::<u64, BuildHasherDefault<Hashed>>::default();
    TOLD.with_borrow_mut(|all| {
        for (note, path) in notes.into_iter().zip(paths) {
            if SCOPE.get() != 0 {
                if all.len() < MOST && all.insert(note.told) {
                    fresh.insert(note.told);
                }
                if fresh.contains(&note.told) {
                    reading.news.push(News { kind: note.kind, path: path.clone() });
                }
            }
            if let Some((expected, found)) = note.unread {
                reading.unread.push(Unread { path, expected, found });
            }
        }
    });
    reading
}

/// Whether lists and objects are nested deeper than is safe to read part by part.
pub(crate) fn is_too_deep(text: &[u8]) -> bool {
    if text.len() <= 2 * DEEPEST {
        return false;
    }
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(byte) = text.get(at) {
        match byte {
            b'[' | b'{' => {
                depth += 1;
                if depth >= DEEPEST {
                    return true;
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b'"' => {
                at += 1;
                while text.get(at).is_some_and(|byte| *byte != b'"') {
                    at += if text[at] == b'\\' { 2 } else { 1 };
                }
            }
            _ => {}
        }
        at += 1;
    }
    false
}

/// Whether optional fields are taken as texts.
#[inline]
pub(crate) fn is_lenient() -> bool {
    MODE.get() == Mode::Lenient
}

/// Whether a whole number may be taken as such first.
#[inline]
pub(crate) fn is_fast() -> bool {
    MODE.get() == Mode::Fast
}

/// A whole number is not written as one: what has been read counts no more, and texts are taken from now on.
#[cold]
pub(crate) fn take_texts() {
    TEXTS.set(true);
}

/// Behind the name of the field that is read now.
pub(crate) fn at_field(name: &str) {
    PLACE.set(name.as_ptr() as usize + name.len() + 1);
}

/// At a value that is read now.
pub(crate) fn at_value(text: &str) {
    PLACE.set(text.as_ptr() as usize + 1);
}

/// Reads a text that is a part of another.
pub(crate) fn part<'de, S: DeserializeSeed<'de>>(text: &'de str, seed: S) -> Result<S::Value, serde_json::Error> {
    let begin = text.as_ptr() as usize;
    let before = BODY.replace((begin, begin + text.len()));
    let read = seed.deserialize(&mut serde_json::Deserializer::from_str(text));
    BODY.set(before);
    read
}

#[inline]
fn note(kind: NewsKind, of: usize, name: u64) {
    let mode = MODE.get();
    if mode == Mode::Plain || SCOPE.get() == 0 {
        return;
    }
    let told = told_number(of, name);
    if mode == Mode::Lenient {
        note_place(kind, told);
    } else if RECENT.with(|recent| recent[recent_slot(told)].get()) != told {
        see_whether_new(told);
    }
}

#[cold]
fn note_place(kind: NewsKind, told: u64) {
    let note = Note { kind, place: PLACE.get(), told, unread: None };
    NOTES.with_borrow_mut(|notes| notes.push(note));
}

#[cold]
fn see_whether_new(told: u64) {
    let is_new = TOLD.with_borrow(|all| all.len() < MOST && !all.contains(&told));
    match is_new {
        true => FLAGS.set(FLAGS.get() | NEW),
        false => RECENT.with(|recent| recent[recent_slot(told)].set(told)),
    }
}

/// A field that its type does not name; `number` is of its name.
#[inline]
pub(crate) fn unknown_field(of: &'static str, number: u64) {
    note(NewsKind::UnknownField, of.as_ptr() as usize, number);
}

/// A value that an enum does not know; `of` is where its known values are.
#[inline]
pub(crate) fn unknown_value(of: usize) {
    note(NewsKind::UnknownValue, of, 0);
}

/// A value that does not fit where it may be absent; what was noted in it counts no more.
#[cold]
pub(crate) fn unread(mark: usize, of: &'static str, name: &str, text: &str, why: &serde_json::Error) {
    let reason = json_path::without_values(why);
    let mut expected = match reason.rfind(", expected ") {
        Some(at) => reason[at + ", expected ".len()..].to_owned(),
        None => reason,
    };
    let inner = json_path::of_failure(text.as_bytes(), why);
    if inner.len() > 1 {
        expected = format!("{expected} at `{}`", inner.trim_start_matches(['$', '.']));
    }
    let found = raw::kind(text);
    let place = text.as_ptr() as usize + 1;
    let note = Note {
        kind: NewsKind::UnreadField,
        place,
        told: told_number(of.as_ptr() as usize, number(name)),
        unread: Some((expected, found)),
    };
    NOTES.with_borrow_mut(|notes| {
        notes.truncate(mark);
        notes.push(note);
    });
}

/// How many notes there are.
pub(crate) fn mark() -> usize {
    NOTES.with_borrow(Vec::len)
}

/// What was noted since.
pub(crate) struct Met {
    flags: u8,
    notes: Vec<Note>,
}

impl Met {
    /// How many fields could not be read.
    pub(crate) fn unread(&self) -> usize {
        self.notes.iter().filter(|note| note.unread.is_some()).count()
    }

    /// It counts.
    pub(crate) fn keep(self) {
        FLAGS.set(FLAGS.get() | self.flags);
        if !self.notes.is_empty() {
            NOTES.with_borrow_mut(|notes| notes.extend(self.notes));
        }
    }
}

/// Does something, of which what is noted counts only if it is kept.
pub(crate) fn apart<T>(act: impl FnOnce() -> T) -> (T, Met) {
    if MODE.get() == Mode::Plain {
        return (act(), Met { flags: 0, notes: Vec::new() });
    }
    let (before, mark) = (FLAGS.replace(0), mark());
    let done = act();
    let notes = NOTES.with_borrow_mut(|notes| notes.split_off(mark));
    (done, Met { flags: FLAGS.replace(before), notes })
}

/// A choice that none of its types fits: it is kept as it is.
#[cold]
pub(crate) fn unfit(text: &str, why: &serde_json::Error) {
    match MODE.get() {
        Mode::Plain => {}
        Mode::Exact | Mode::Fast => FLAGS.set(FLAGS.get() | AGAIN),
        Mode::Lenient => unread(mark(), "a choice", "", text, why),
    }
}

/// The error of a value that was taken as its text. Within a body it says where it stands there: as the column of one
/// line, however many lines there are, which is what [`json_path::of_failure`] counts by.
#[cold]
pub(crate) fn refused<E: Error>(text: &str, expected: &str) -> E {
    let (begin, end) = BODY.get();
    let at = text.as_ptr() as usize;
    let place = match MODE.get() != Mode::Plain && (begin..end).contains(&at) {
        true => format!(" at line 1 column {}", at - begin + 1),
        false => String::new(),
    };
    E::custom(format_args!("invalid type: {}, expected {expected}{place}", raw::kind(text)))
}
