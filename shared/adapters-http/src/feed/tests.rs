//! The adapter over loopback: what is connected to, and what is read.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::thread::{self, JoinHandle};

use domain::calendar_address::CalendarAddress;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;
use transport::Roots;

const DOCUMENT: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n";

/// Names that mean whatever a test says.
struct Means(Vec<SocketAddr>);

#[async_trait]
impl Lookup for Means {
    async fn lookup(&self, _: &str) -> io::Result<Vec<SocketAddr>> {
        Ok(self.0.clone())
    }
}

fn provider(reach: Reach, means: &[&str]) -> FeedProvider {
    let means = means.iter().map(|address| address.parse().unwrap()).collect();
    let transport = GuardedTransport::with_lookup(reach, Roots::CompiledIn, Arc::new(Means(means)));
    FeedProvider::new(Arc::new(transport.unwrap()), reach)
}

async fn pull(
    provider: &FeedProvider,
    address: &str,
    cursor: Option<&Cursor>,
) -> Result<Pulled, PullError> {
    let access = Access::IcsAddress { address: CalendarAddress::parse(address).unwrap() };
    provider.pull(&access, cursor, Timestamp::UNIX_EPOCH).await
}

/// Answers as many requests as there are answers; returns what was asked, header lines and all.
fn server(answers: Vec<Vec<u8>>) -> (u16, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let serve = move || {
        let mut asked = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let lines = BufReader::new(&stream).lines().map(Result::unwrap);
            asked.push(lines.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join("\n"));
            // Whoever has read enough hangs up.
            let _ = stream.write_all(&answer);
        }
        asked
    };
    (port, thread::spawn(serve))
}

fn answer(headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n");
    [head.as_bytes(), headers.as_bytes(), b"\r\n", body].concat()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn sec_02_a_name_that_means_a_private_address_is_not_connected_to() {
    for means in [
        &["127.0.0.1:0"][..],
        &["169.254.169.254:0"],
        &["[::ffff:10.0.0.1]:0"],
        // A name that means both, as one does that is being bound anew.
        &["93.184.215.14:0", "127.0.0.1:0"],
    ] {
        let provider = provider(Reach::PublicOnly, means);
        let refused = pull(&provider, "https://calendar.example/a.ics", None).await.unwrap_err();
        assert!(refused.to_string().contains("private network"), "{means:?}: {refused}");
        assert!(!refused.to_string().contains("a.ics"), "{refused}");
    }
}

#[tokio::test]
async fn sec_02_the_connection_goes_to_the_address_that_was_checked() {
    let body = packed(DOCUMENT.as_bytes());
    let headers = "content-encoding: gzip\r\netag: \"one\"\r\n";
    let unchanged = b"HTTP/1.1 304 Not Modified\r\nconnection: close\r\n\r\n".to_vec();
    let (port, asked) = server(vec![answer(headers, &body), unchanged]);
    // The name is known to nobody but the lookup of this test.
    let provider = provider(Reach::Anywhere, &["127.0.0.1:0"]);
    let address = format!("http://calendar.invalid:{port}/a.ics");
    let Pulled::Document { text, cursor } = pull(&provider, &address, None).await.unwrap() else {
        panic!("it is new");
    };
    assert_eq!(text, DOCUMENT);
    let again = pull(&provider, &address, Some(&cursor)).await;
    assert_eq!(again, Ok(Pulled::Unchanged(cursor)));
    let asked = asked.join().unwrap();
    assert!(asked[0].starts_with("GET /a.ics HTTP/1.1"), "{}", asked[0]);
    assert!(asked[0].contains("accept-encoding: gzip"), "{}", asked[0]);
    assert!(asked[1].contains("if-none-match: \"one\""), "{}", asked[1]);
}

#[tokio::test]
async fn sec_02_a_huge_calendar_is_cut_off_packed_or_not() {
    let huge = vec![b'A'; limits::CALENDAR_BYTES_MAX + 1];
    let bomb = answer("content-encoding: gzip\r\n", &packed(&huge));
    assert!(bomb.len() < 1_000_000);
    for answer in [bomb, answer("", &huge)] {
        let (port, asked) = server(vec![answer]);
        let provider = provider(Reach::Anywhere, &["127.0.0.1:0"]);
        let address = format!("http://calendar.invalid:{port}/a.ics");
        let cut = pull(&provider, &address, None).await;
        assert!(matches!(cut, Err(PullError::Later { .. })), "{cut:?}");
        asked.join().unwrap();
    }
}
