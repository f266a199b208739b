//! Sending in batches of ten, as SQS and EventBridge take them.

use std::future::Future;

use app::ports::Cause;
use futures::stream::{self, StreamExt};

/// Entries that one request may carry, by both services' rules.
pub(crate) const ENTRIES_MAX: usize = 10;

/// Requests under way at once.
const AT_ONCE: usize = 8;

/// How often an entry is sent at most. The client itself repeats requests that failed as a whole;
/// this is about entries that the service left out of one that did not.
const TRIES_MAX: usize = 3;

/// An entry that a service did not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LeftOut {
    /// Its place in the request.
    pub(crate) index: usize,
    /// The service's word for why.
    pub(crate) code: String,
}

/// Sends all entries, ten in a request. Those that were left out are sent again; an error says how
/// many stayed out. All are tried, whatever became of others.
pub(crate) async fn send_all<T, F, Fut>(entries: &[T], send: F) -> Result<(), Cause>
where
    T: Clone,
    F: Fn(Vec<T>) -> Fut,
    Fut: Future<Output = Result<Vec<LeftOut>, Cause>>,
{
    let batches: Vec<_> = entries.chunks(ENTRIES_MAX).map(<[T]>::to_vec).collect();
    let ended: Vec<_> = stream::iter(batches)
        .map(|batch| send_batch(batch, &send))
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    ended.into_iter().collect()
}

async fn send_batch<T, F, Fut>(mut batch: Vec<T>, send: &F) -> Result<(), Cause>
where
    T: Clone,
    F: Fn(Vec<T>) -> Fut,
    Fut: Future<Output = Result<Vec<LeftOut>, Cause>>,
{
    let mut left_out = Vec::new();
    for _ in 0..TRIES_MAX {
        left_out = send(batch.clone()).await?;
        if left_out.is_empty() {
            return Ok(());
        }
        batch = left_out.iter().filter_map(|left| batch.get(left.index).cloned()).collect();
    }
    let mut codes: Vec<_> = left_out.iter().map(|left| left.code.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    let count = left_out.len();
    Err(format!("{count} entries were left out {TRIES_MAX} times: {}", codes.join(", ")).into())
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// A service that leaves out what `leave_out` says, by value and number of the request.
    async fn check(
        entries: usize,
        leave_out: impl Fn(usize, usize) -> bool,
    ) -> (Result<(), String>, Vec<Vec<usize>>) {
        let requests = Mutex::new(Vec::new());
        let all: Vec<_> = (0..entries).collect();
        let sent = send_all(&all, |batch: Vec<usize>| {
            let number = {
                let mut requests = requests.lock().unwrap();
                requests.push(batch.clone());
                requests.len()
            };
            let left = batch.iter().enumerate().filter(|(_, value)| leave_out(**value, number));
            let code = || "InternalError".to_owned();
            let left = left.map(|(index, _)| LeftOut { index, code: code() }).collect();
            async { Ok(left) }
        })
        .await;
        (sent.map_err(|error| error.to_string()), requests.into_inner().unwrap())
    }

    #[tokio::test]
    async fn ten_go_in_a_request() {
        let (sent, requests) = check(23, |_, _| false).await;
        assert_eq!(sent, Ok(()));
        assert_eq!(requests.iter().map(Vec::len).collect::<Vec<_>>(), [10, 10, 3]);
        assert_eq!(check(0, |_, _| true).await, (Ok(()), Vec::new()));
    }

    #[tokio::test]
    async fn what_was_left_out_is_sent_again_and_nothing_else() {
        let (sent, requests) = check(5, |value, number| number == 1 && value % 2 == 1).await;
        assert_eq!(sent, Ok(()));
        assert_eq!(requests, [vec![0, 1, 2, 3, 4], vec![1, 3]]);
    }

    #[tokio::test]
    async fn what_stays_out_is_told_and_the_rest_is_sent() {
        let (sent, requests) = check(12, |value, _| value == 4).await;
        assert_eq!(sent, Err("1 entries were left out 3 times: InternalError".to_owned()));
        assert_eq!(requests.concat().iter().filter(|value| **value == 4).count(), TRIES_MAX);
        assert_eq!(requests.concat().iter().filter(|value| **value == 11).count(), 1);
    }
}
