//! Downloads into files, whole or not at all.
//!
//! A thread of tokio's blocking pool writes, fed through a channel: that needs no feature of tokio
//! that others would have to compile.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use bytes::Bytes;
use tokio::{sync::mpsc, task::spawn_blocking};

use crate::{ByteStream, Error};

/// Pieces that may wait for the disk.
const WAITING: usize = 8;

enum Piece {
    Bytes(Bytes),
    /// The body is complete. A channel that closes without this means that it is not.
    End,
}

impl ByteStream {
    /// Writes the body to a file and gives its length in bytes.
    ///
    /// The file appears, or is replaced, when the body is complete and on the disk; until then it is
    /// written beside it under another name, which is removed if anything fails or the call is
    /// given up.
    ///
    /// ```no_run
    /// # async fn run(transport: dintero_client::Transport) -> Result<(), dintero_client::Error> {
    /// use dintero_client::reqwest::Method;
    ///
    /// let report = transport
    ///     .request(Method::GET, "/v1/accounts/T12345678/settlements/1/attachments/2")
    ///     .send_bytes()
    ///     .await?;
    /// let bytes = report.into_inner().save("settlement.csv").await?;
    /// println!("{bytes} bytes");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::File`](crate::ErrorKind::File) if the file cannot be written;
    /// [`ErrorKind::Transport`](crate::ErrorKind::Transport) or
    /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout) if the body breaks off.
    #[inline]
    pub async fn save(mut self, path: impl AsRef<Path>) -> Result<u64, Error> {
        let path = path.as_ref().to_owned();
        let operation = self.operation();
        let failed = |why: io::Error| {
            let told = format!("{}: {why}; the file is as it was before", path.display());
            Error::file(told, why).during(operation)
        };
        let part = Part::beside(&path).map_err(failed)?;
        let target = path.clone();
        let (pieces, waiting) = mpsc::channel(WAITING);
        let writing = spawn_blocking(move || part.write(&target, waiting));
        let mut broken = None;
        loop {
            let piece = match self.next_chunk().await {
                Some(Ok(bytes)) => Piece::Bytes(bytes),
                Some(Err(error)) => {
                    broken = Some(error);
                    break;
                }
                None => Piece::End,
            };
            let is_end = matches!(piece, Piece::End);
            // Who writes has given up, and says why below.
            if pieces.send(piece).await.is_err() || is_end {
                break;
            }
        }
        drop(pieces);
        let written = writing.await.map_err(io::Error::other).and_then(|it| it);
        match (broken, written) {
            (Some(error), _) => Err(error),
            (None, Ok(length)) => Ok(length),
            (None, Err(why)) => Err(failed(why)),
        }
    }
}

/// The file under its other name; removed unless it is finished.
struct Part {
    path: PathBuf,
    is_made: bool,
}

impl Part {
    #[inline]
    fn beside(path: &Path) -> io::Result<Self> {
        let Some(name) = path.file_name() else {
            let why = "the path names no file";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        };
        let mut part = std::ffi::OsString::from(".");
        part.push(name);
        part.push(format!(".{:016x}.part", fastrand::u64(..)));
        Ok(Self { path: path.with_file_name(part), is_made: false })
    }

    #[inline]
    fn write(mut self, target: &Path, mut pieces: mpsc::Receiver<Piece>) -> io::Result<u64> {
        let mut file = File::create_new(&self.path)?;
        self.is_made = true;
        let mut length = 0;
        loop {
            match pieces.blocking_recv() {
                Some(Piece::Bytes(bytes)) => {
                    file.write_all(&bytes)?;
                    length += bytes.len() as u64;
                }
                Some(Piece::End) => break,
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
        file.sync_all()?;
        drop(file);
        fs::rename(&self.path, target)?;
        self.is_made = false;
        Ok(length)
    }
}

impl Drop for Part {
    #[inline]
    fn drop(&mut self) {
        if self.is_made {
            // What cannot be removed can only be left.
            let _ = fs::remove_file(&self.path);
        }
    }
}
