//! Listening on channels: one connection of its own, made anew when it fails, with everything
//! that is listened for.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use parking_lot::Mutex;
use redis::aio::{PubSub, PubSubSink, PubSubStream};
use redis::{RedisError, RedisResult};
use tokio::sync::{broadcast, mpsc, oneshot};

use super::link::RedisLink;

/// How many announcements a slow subscriber may be behind.
const LOOKAHEAD: usize = 1024;
/// How long to wait between two connections, at first and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));
/// How often a silent connection is asked whether it still is one.
const PING: Duration = Duration::from_secs(5);

type Channels = Arc<Mutex<HashMap<String, broadcast::Sender<Bytes>>>>;

enum Wish {
    /// Listen on a channel, and say so when it is done.
    Listen(String, oneshot::Sender<()>),
    Leave(String),
}

/// Ends with the last handle to it.
pub(super) struct Announcements {
    channels: Channels,
    wishes: mpsc::UnboundedSender<Wish>,
}

impl Announcements {
    pub(super) fn new(link: Arc<RedisLink>) -> Announcements {
        let (wishes, wished) = mpsc::unbounded_channel();
        let channels = Channels::default();
        let listener = Listener {
            link,
            channels: channels.clone(),
            wished,
        };
        tokio::spawn(listener.run());
        Announcements { channels, wishes }
    }

    /// Begins to listen on a channel, and waits until Redis has said so.
    pub(super) async fn begin(
        &self,
        channel: &str,
        timeout: Duration,
    ) -> broadcast::Receiver<Bytes> {
        let receiver = self.hear(channel);
        let (done, heard) = oneshot::channel();
        let wish = Wish::Listen(channel.to_owned(), done);
        if self.wishes.send(wish).is_ok() && tokio::time::timeout(timeout, heard).await.is_err() {
            tracing::warn!("a channel could not be subscribed to: Redis is away");
        }
        receiver
    }

    /// What comes on a channel from now on.
    pub(super) fn hear(&self, channel: &str) -> broadcast::Receiver<Bytes> {
        let mut channels = self.channels.lock();
        let listeners = channels.entry(channel.to_owned());
        listeners
            .or_insert_with(|| broadcast::channel(LOOKAHEAD).0)
            .subscribe()
    }

    pub(super) fn leave(&self, channel: String) {
        let _ = self.wishes.send(Wish::Leave(channel));
    }
}

struct Listener {
    link: Arc<RedisLink>,
    channels: Channels,
    wished: mpsc::UnboundedReceiver<Wish>,
}

impl Listener {
    async fn run(mut self) {
        // Nothing is connected before somebody listens.
        let Some(first) = self.wished.recv().await else {
            return;
        };
        let mut wish = Some(first);
        let (mut pause, longest) = PAUSES;
        for turn in 0.. {
            match self.connect(turn).await {
                Ok((mut sink, mut stream)) => {
                    pause = PAUSES.0;
                    if let Some(Wish::Listen(_, done)) = wish.take() {
                        let _ = done.send(());
                    }
                    match self.serve(&mut sink, &mut stream).await {
                        Ok(()) => return,
                        Err(error) => {
                            tracing::warn!(%error, "the connection to Redis for channels has ended")
                        }
                    }
                }
                Err(error) => {
                    tracing::debug!(%error, "no connection to Redis for channels could be made")
                }
            }
            if self.wished.is_closed() {
                return;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(longest);
        }
    }

    /// A connection that listens on all channels that somebody hears.
    async fn connect(&self, turn: usize) -> RedisResult<(PubSubSink, PubSubStream)> {
        let client = self.link.client(turn)?;
        let channels: Vec<String> = {
            let mut channels = self.channels.lock();
            channels.retain(|_, listeners| listeners.receiver_count() > 0);
            channels.keys().cloned().collect()
        };
        let connect = async {
            let mut connection: PubSub = client.get_async_pubsub().await?;
            if !channels.is_empty() {
                connection.subscribe(channels).await?;
            }
            Ok(connection.split())
        };
        let late = |_| {
            Err(RedisError::from(std::io::Error::from(
                std::io::ErrorKind::TimedOut,
            )))
        };
        let limit = self.link.settings.timeout.max(Duration::from_secs(1));
        tokio::time::timeout(limit, connect)
            .await
            .unwrap_or_else(late)
    }

    /// Passes on what is announced; `Ok` when nobody can listen any more.
    async fn serve(&mut self, sink: &mut PubSubSink, stream: &mut PubSubStream) -> RedisResult<()> {
        let cut = || RedisError::from(std::io::Error::from(std::io::ErrorKind::ConnectionReset));
        let late = |_| RedisError::from(std::io::Error::from(std::io::ErrorKind::TimedOut));
        let limit = self.link.settings.timeout.max(Duration::from_secs(1));
        let mut ping = tokio::time::interval(PING);
        loop {
            tokio::select! {
                wish = self.wished.recv() => match wish {
                    None => return Ok(()),
                    Some(Wish::Leave(channel)) => {
                        self.channels.lock().remove(&channel);
                        let left = sink.unsubscribe(channel);
                        tokio::time::timeout(limit, left).await.map_err(late)??;
                    }
                    Some(Wish::Listen(channel, done)) => {
                        let subscribed = sink.subscribe(channel);
                        tokio::time::timeout(limit, subscribed).await.map_err(late)??;
                        let _ = done.send(());
                    }
                },
                message = stream.next() => {
                    let message = message.ok_or_else(cut)?;
                    let payload: Vec<u8> = message.get_payload()?;
                    self.pass(message.get_channel_name(), Bytes::from(payload));
                }
                _ = ping.tick() => {
                    tokio::time::timeout(limit, sink.ping::<redis::Value>()).await.map_err(late)??;
                }
            }
        }
    }

    fn pass(&self, channel: &str, payload: Bytes) {
        if let Some(listeners) = self.channels.lock().get(channel) {
            // Nobody may be listening any more; the next connection leaves the channel.
            let _ = listeners.send(payload);
        }
    }
}
