//! Serves HTTP to whoever connects, without letting slow or countless connections take the machine.
//!
//! On AWS the gateway does this; here nothing stands in front. A body is read whole before a
//! handler sees it, so a reader that waits for ever would hold memory for ever.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::connect_info::ConnectInfo;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tower_http::timeout::RequestBodyTimeoutLayer;
use tracing::{debug, warn};

/// Connections served at a time; more wait in the machine's own queue.
const CONNECTIONS_MAX: usize = 1_000;

/// How long clients may take.
#[derive(Debug, Clone, Copy)]
struct Patience {
    /// To say what they want, on a new connection or an old one.
    head: Duration,
    /// Between two parts of a body.
    pause: Duration,
}

const PATIENCE: Patience =
    Patience { head: Duration::from_secs(30), pause: Duration::from_secs(10) };

/// How long it waits when the machine has no room for another connection.
const NO_ROOM_WAIT: Duration = Duration::from_secs(1);

/// Serves `router` for ever, and tells it who asks, as [`ConnectInfo`].
pub(super) async fn serve(listener: TcpListener, router: Router) {
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok(place) = room.clone().acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, peer)) => {
                // Answers are small, and somebody waits for each.
                let _ = stream.set_nodelay(true);
                let router = router.clone();
                tokio::spawn(async move {
                    talk(stream, peer, router, PATIENCE).await;
                    drop(place);
                });
            }
            Err(error) => {
                warn!("Could not take a connection: {error}");
                wait_for_room().await;
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the machine's own sockets know no clock of ours")]
async fn wait_for_room() {
    tokio::time::sleep(NO_ROOM_WAIT).await;
}

async fn talk<Stream>(stream: Stream, peer: SocketAddr, router: Router, patience: Patience)
where
    Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let router = router
        .layer(RequestBodyTimeoutLayer::new(patience.pause))
        .layer(axum::Extension(ConnectInfo(peer)));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience.head)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    // Whoever hangs up, or is hung up on for being slow, is no news.
    if let Err(error) = connection.await {
        debug!("A connection ended: {error}");
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;
    use axum::extract::rejection::BytesRejection;
    use axum::http::StatusCode;
    use axum::routing::post;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    /// No patience at all: whoever is not done is not waited for.
    const NONE: Patience = Patience { head: Duration::ZERO, pause: Duration::ZERO };

    /// What is answered to a request of which nothing more ever comes, and how many of its bytes
    /// were taken before that.
    async fn answer_to(request: &[u8], patience: Patience) -> (String, usize) {
        let echo = |body: Result<Bytes, BytesRejection>| async {
            body.map_err(|bad| match bad.status() {
                StatusCode::PAYLOAD_TOO_LARGE => StatusCode::PAYLOAD_TOO_LARGE,
                _ => StatusCode::REQUEST_TIMEOUT,
            })
        };
        let router = Router::new().route("/", post(echo));
        let (client, server) = duplex(64 * 1024);
        let peer = SocketAddr::from(([127, 0, 0, 1], 1));
        let served = tokio::spawn(talk(server, peer, router, patience));
        let (mut from, mut to) = tokio::io::split(client);
        let request = request.to_vec();
        let sent = tokio::spawn(async move {
            let mut taken = 0;
            for part in request.chunks(16 * 1024) {
                match to.write_all(part).await {
                    Ok(()) => taken += part.len(),
                    Err(_) => break,
                }
            }
            taken
        });
        let mut said = String::new();
        from.read_to_string(&mut said).await.unwrap();
        served.await.unwrap();
        (said.lines().next().unwrap_or_default().to_owned(), sent.await.unwrap())
    }

    async fn answer(request: &str, patience: Patience) -> String {
        answer_to(request.as_bytes(), patience).await.0
    }

    #[tokio::test]
    async fn api_01_ten_thousand_headers_are_refused_before_they_are_all_read() {
        let header = |number| format!("x-{number}: {}\r\n", "a".repeat(100));
        let headers: String = (0..10_000).map(header).collect();
        let request = format!("POST / HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n");
        let (said, taken) = answer_to(request.as_bytes(), PATIENCE).await;
        assert_eq!(said, "HTTP/1.1 431 Request Header Fields Too Large");
        assert!(taken < request.len() / 2, "{taken} of {} bytes", request.len());
    }

    #[tokio::test]
    async fn api_01_ten_megabytes_are_refused_before_they_are_all_read() {
        let head = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10485760\r\n\r\n";
        let request = [head.as_bytes(), &vec![0; 10 * 1024 * 1024]].concat();
        let (said, taken) = answer_to(&request, PATIENCE).await;
        assert_eq!(said, "HTTP/1.1 413 Payload Too Large");
        assert!(taken < request.len() / 2, "{taken} of {} bytes", request.len());
    }

    #[tokio::test]
    async fn a_head_that_never_ends_is_not_waited_for() {
        let said = answer("POST / HTTP/1.1\r\nHost: localhost\r\n", NONE).await;
        assert!(!said.contains("200"), "{said}");
    }

    #[tokio::test]
    async fn a_body_that_never_ends_is_not_waited_for() {
        let head = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n";
        let patience = Patience { pause: Duration::ZERO, ..PATIENCE };
        let said = answer(&format!("{head}the beginning"), patience).await;
        assert_eq!(said, "HTTP/1.1 408 Request Timeout");
    }

    #[tokio::test]
    async fn whoever_asks_whole_is_answered() {
        let head = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n";
        let said = answer(&format!("{head}Connection: close\r\n\r\nhi"), PATIENCE).await;
        assert_eq!(said, "HTTP/1.1 200 OK");
    }
}
