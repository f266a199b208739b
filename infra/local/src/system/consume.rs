//! Handing queued messages to the functions, the way event source mappings do on AWS: up to ten in
//! a batch, those that failed come back after a while, and after too many times they are dead.

use adapters_embedded::queue::{DelayQueue, Received};
use app::jobs::LocalDayStarted;
use aws_lambda_events::eventbridge::EventBridgeEvent;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use domain::limits;
use domain::time::ahead;

use super::System;

/// Messages in a batch; SQS hands over no more.
const BATCH: usize = 10;

/// How many messages were handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Consumed {
    /// Taken from a queue.
    pub taken: usize,
    /// Of these, how many come again.
    pub failed: usize,
}

impl System {
    /// Hands one batch of announced local days to the scheduler.
    pub async fn consume_bus(&self) -> Consumed {
        let batch = self.receive(&self.queues.bus).await;
        let mut failed = Vec::new();
        for message in &batch {
            let mut payload = EventBridgeEvent::default();
            payload.detail_type = LocalDayStarted::DETAIL_TYPE.to_owned();
            payload.source = "beforehand".to_owned();
            payload.detail = serde_json::from_str(&message.body).unwrap_or_default();
            if scheduler::handle(&self.ticks, &*self.clock, payload).await.is_err() {
                failed.push(id(message));
            }
        }
        self.settle(&self.queues.bus, batch, &failed)
    }

    /// Hands one batch of sync jobs to the sync of calendars.
    pub async fn consume_syncs(&self) -> Consumed {
        let batch = self.receive(&self.queues.syncs).await;
        if batch.is_empty() {
            return Consumed::default();
        }
        let response = calendar_sync::handle(&self.syncs, &*self.clock, event(&batch)).await;
        self.settle(&self.queues.syncs, batch, &failures(response))
    }

    /// Hands one batch of plan jobs to the planner.
    pub async fn consume_plans(&self) -> Consumed {
        let batch = self.receive(&self.queues.plans).await;
        if batch.is_empty() {
            return Consumed::default();
        }
        let response = planner::handle(&self.plans, &*self.clock, event(&batch)).await;
        self.settle(&self.queues.plans, batch, &failures(response))
    }

    /// Hands one batch of compose jobs to the composer. Where there is no model, nobody makes any;
    /// those of before the restart find that out.
    pub async fn consume_composes(&self) -> Consumed {
        let batch = self.receive(&self.queues.composes).await;
        let Some(ports) = self.composes.as_ref().filter(|_| !batch.is_empty()) else {
            return self.settle(&self.queues.composes, batch, &[]);
        };
        let response = composer::handle(ports, event(&batch)).await;
        self.settle(&self.queues.composes, batch, &failures(response))
    }

    /// Hands one batch of send jobs to the sender.
    pub async fn consume_sends(&self) -> Consumed {
        let batch = self.receive(&self.queues.sends).await;
        if batch.is_empty() {
            return Consumed::default();
        }
        let response = sender::handle(&self.sends, event(&batch)).await;
        self.settle(&self.queues.sends, batch, &failures(response))
    }

    /// Hands over whatever is visible now, in turn, until nothing is. Returns how many messages
    /// that were.
    pub async fn consume_all(&self) -> usize {
        let mut taken = 0;
        loop {
            let of_round = self.consume_round().await;
            if of_round == 0 {
                return taken;
            }
            taken += of_round;
        }
    }

    /// Hands over a batch of each queue, as far as there are any. Returns how many messages that
    /// were.
    pub async fn consume_round(&self) -> usize {
        let round = [
            self.consume_bus().await,
            self.consume_syncs().await,
            self.consume_plans().await,
            self.consume_composes().await,
            self.consume_sends().await,
        ];
        round.iter().map(|consumed| consumed.taken).sum()
    }

    /// Takes a batch. A full one wakes another consumer, for there may be more.
    async fn receive(&self, queue: &DelayQueue) -> Vec<Received> {
        let batch = queue.receive(self.clock.now(), BATCH).await;
        if batch.len() == BATCH {
            queue.added().notify_one();
        }
        batch
    }

    /// Deletes what was done and returns what failed to the queue.
    fn settle(&self, queue: &DelayQueue, batch: Vec<Received>, failed: &[String]) -> Consumed {
        let consumed = Consumed { taken: batch.len(), failed: failed.len() };
        for message in batch {
            if failed.contains(&id(&message)) {
                let visible_at = ahead(self.clock.now(), limits::UNREADABLE_WAIT);
                queue.return_to_queue(&message.receipt, visible_at);
            } else {
                queue.delete(&message.receipt);
            }
        }
        consumed
    }
}

fn event(batch: &[Received]) -> SqsEvent {
    let record = |message: &Received| {
        let mut record = SqsMessage::default();
        record.message_id = Some(id(message));
        record.body = Some(message.body.clone());
        record
    };
    let mut event = SqsEvent::default();
    event.records = batch.iter().map(record).collect();
    event
}

fn id(message: &Received) -> String {
    message.receipt.message_id().to_string()
}

fn failures(response: SqsBatchResponse) -> Vec<String> {
    response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect()
}
