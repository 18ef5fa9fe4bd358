//! Downloads into files.

use std::{fs, path::Path};

use crate::support::faults::*;
use dintero_client::{ByteStream, ErrorKind, Response, reqwest::Method};

async fn download(act: Act) -> (Faulty, Response<ByteStream>) {
    let server = Faulty::new([act]).await;
    let transport = server.builder().bearer_token("own").build().unwrap();
    let answer = transport.request(Method::GET, "/v1/files/1").send_bytes().await;
    (server, answer.unwrap())
}

fn pdf() -> Act {
    say("200 OK", "content-type: application/pdf\r\n", "%PDF-1.7")
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|it| it.unwrap().file_name().into_string().unwrap()).collect()
}

#[tokio::test]
async fn a_download_becomes_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.pdf");
    for before in [None, Some("old and longer than the new")] {
        if let Some(text) = before {
            fs::write(&path, text).unwrap();
        }
        let (_server, answer) = download(pdf()).await;
        assert_eq!(answer.content_type(), Some("application/pdf"));
        assert_eq!(answer.content_length(), Some(8));
        assert_eq!(answer.into_inner().save(&path).await.unwrap(), 8);
        assert_eq!(fs::read_to_string(&path).unwrap(), "%PDF-1.7");
        assert_eq!(names(folder.path()), ["report.pdf"]);
    }
}

#[tokio::test]
async fn a_download_that_breaks_off_leaves_the_file_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.pdf");
    fs::write(&path, "old").unwrap();
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n%PDF".to_owned();
    let (_server, answer) = download(Act::Say(cut)).await;
    let error = answer.into_inner().save(&path).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(names(folder.path()), ["report.pdf"]);
}

#[tokio::test]
async fn a_place_that_cannot_be_written_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let taken = folder.path().join("folder");
    fs::create_dir(&taken).unwrap();
    for path in [folder.path().join("none/report.pdf"), taken, "/".into()] {
        let (_server, answer) = download(pdf()).await;
        let error = answer.into_inner().save(&path).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::File);
        assert!(!error.is_retryable());
        let text = error.to_string();
        assert!(text.starts_with("raw.request (GET): "), "{text}");
        assert!(text.contains(&path.display().to_string()), "{text}");
        assert!(std::error::Error::source(&error).is_some());
    }
    assert_eq!(names(folder.path()), ["folder"]);
}
