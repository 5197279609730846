//! Turns at the mail relay. A few mails are handed over at once, and each sender (a workspace, or
//! whoever asks for mail about an account) has the next turn after all others have had theirs. A
//! recipient, or a domain, that keeps the relay busy keeps busy its own share and no more. What
//! waits is bounded; whoever finds no place, or waits in vain, comes again.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use raally_domain::ids::TenantId;
use tokio::sync::oneshot;

use super::{MailAllowance, MailSettings};
use crate::ports::{Mail, MailError, Mailer};

/// How many mails may wait for their turn, in all and of one sender.
const WAITING: usize = 4_096;
const WAITING_OF_SENDER: usize = 256;

/// How much is asked of the relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailBounds {
    /// How many mails are handed over at once: a quarter of them for one sender, half to one
    /// domain, one to one address.
    pub at_once: usize,
    /// How long handing one over may take.
    pub takes: Duration,
}

impl Default for MailBounds {
    fn default() -> Self {
        MailBounds {
            at_once: 8,
            takes: Duration::from_secs(20),
        }
    }
}

/// Whose turn it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum MailSender {
    Workspace(TenantId),
    /// Who asks for mail about an account: their user id, or a network.
    Account(String),
}

/// Something that mail under way keeps busy.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Busy {
    Sender(MailSender),
    Domain(String),
    Address(String),
}

/// Gives turns at the relay.
pub struct MailQueue {
    settings: MailSettings,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    under_way: usize,
    busy: HashMap<Busy, usize>,
    /// What waits, by sender, the first first; nobody's line is empty.
    lines: HashMap<MailSender, VecDeque<Waiter>>,
    /// Whose mail waits, whose turn is next first.
    turns: VecDeque<MailSender>,
    waiting: usize,
    last: u64,
}

struct Waiter {
    number: u64,
    keeps_busy: [Busy; 3],
    go: oneshot::Sender<Turn>,
}

impl MailQueue {
    /// Nobody waits.
    #[must_use]
    pub fn new(settings: MailSettings) -> MailQueue {
        MailQueue {
            settings,
            state: Mutex::default(),
        }
    }

    pub(super) fn allowance(&self) -> MailAllowance {
        self.settings.allowance
    }

    /// A place in the sender's line for a mail to that address; `None` where too many wait.
    pub(crate) fn stand(self: &Arc<Self>, sender: MailSender, to: &str) -> Option<Place> {
        let to = to.to_lowercase();
        let domain = to.rsplit('@').next().unwrap_or_default().to_owned();
        let keeps_busy = [
            Busy::Sender(sender.clone()),
            Busy::Domain(domain),
            Busy::Address(to),
        ];
        let (go, turn) = oneshot::channel();
        let number = self.state.lock().push(sender.clone(), keeps_busy, go)?;
        let place = Place {
            queue: Arc::clone(self),
            sender,
            number,
            turn,
        };
        self.give_turns();
        Some(place)
    }

    fn most(&self, of: &Busy) -> usize {
        let all = self.settings.bounds.at_once;
        match of {
            Busy::Sender(_) => (all / 4).max(1),
            Busy::Domain(_) => (all / 2).max(1),
            Busy::Address(_) => 1,
        }
    }

    fn give_turns(self: &Arc<Self>) {
        loop {
            let next = {
                let mut state = self.state.lock();
                match state.under_way < self.settings.bounds.at_once.max(1) {
                    true => state.next(|busy| self.most(busy)),
                    false => None,
                }
            };
            let Some(waiter) = next else { return };
            let turn = Turn {
                queue: Arc::clone(self),
                keeps_busy: waiter.keeps_busy,
            };
            // Where nobody waits for it any more, it ends here.
            drop(waiter.go.send(turn));
        }
    }
}

impl State {
    fn push(
        &mut self,
        sender: MailSender,
        keeps_busy: [Busy; 3],
        go: oneshot::Sender<Turn>,
    ) -> Option<u64> {
        let in_line = self.lines.get(&sender).map_or(0, VecDeque::len);
        if self.waiting >= WAITING || in_line >= WAITING_OF_SENDER {
            return None;
        }
        self.last += 1;
        self.waiting += 1;
        if in_line == 0 {
            self.turns.push_back(sender.clone());
        }
        self.lines.entry(sender).or_default().push_back(Waiter {
            number: self.last,
            keeps_busy,
            go,
        });
        Some(self.last)
    }

    /// Takes out the first that can go, of the sender whose turn it is, and counts it as under way.
    fn next(&mut self, most: impl Fn(&Busy) -> usize) -> Option<Waiter> {
        let busy = &self.busy;
        let fits = |waiter: &Waiter| {
            let mut each = waiter.keeps_busy.iter();
            each.all(|key| busy.get(key).copied().unwrap_or(0) < most(key))
        };
        let lines = &self.lines;
        let of = |sender: &MailSender| lines.get(sender)?.iter().position(fits);
        let found = self.turns.iter().enumerate();
        let (turn, place) = { found }.find_map(|(n, sender)| Some((n, of(sender)?)))?;
        let sender = self.turns.get(turn)?.clone();
        let waiter = self.take(&sender, place)?;
        // The others have theirs before it has another.
        if let Some(at) = self.turns.iter().position(|s| *s == sender) {
            self.turns.remove(at);
            self.turns.push_back(sender);
        }
        self.under_way += 1;
        for key in &waiter.keeps_busy {
            *self.busy.entry(key.clone()).or_default() += 1;
        }
        Some(waiter)
    }

    /// Takes out what stands there; a line that is empty then goes.
    fn take(&mut self, sender: &MailSender, place: usize) -> Option<Waiter> {
        let line = self.lines.get_mut(sender)?;
        let waiter = line.remove(place)?;
        self.waiting -= 1;
        if line.is_empty() {
            self.lines.remove(sender);
            self.turns.retain(|s| s != sender);
        }
        Some(waiter)
    }

    fn ended(&mut self, keeps_busy: &[Busy; 3]) {
        self.under_way -= 1;
        for key in keeps_busy {
            if let Some(count) = self.busy.get_mut(key) {
                *count -= 1;
                if *count == 0 {
                    self.busy.remove(key);
                }
            }
        }
    }
}

/// A place in a line, given up when it is dropped.
pub(crate) struct Place {
    queue: Arc<MailQueue>,
    sender: MailSender,
    number: u64,
    turn: oneshot::Receiver<Turn>,
}

impl Place {
    /// Waits for the turn, no longer than that.
    pub(crate) async fn turn(mut self, patience: Duration) -> Option<Turn> {
        let turn = tokio::time::timeout(patience, &mut self.turn).await;
        turn.ok()?.ok()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.queue.state.lock();
        let line = state.lines.get(&self.sender);
        let place = line.and_then(|line| line.iter().position(|w| w.number == self.number));
        let left = place.and_then(|place| state.take(&self.sender, place));
        drop(state);
        drop(left);
    }
}

/// A turn at the relay, over when it is dropped.
pub(crate) struct Turn {
    queue: Arc<MailQueue>,
    keeps_busy: [Busy; 3],
}

impl Turn {
    /// Hands over the mail that the turn was for, and waits for it as long as it may take. Whoever
    /// waits no longer does not end the conversation with the relay, which a connection that is
    /// kept would not survive; the turn lasts until that is over.
    pub(crate) async fn send(self, mailer: Arc<dyn Mailer>, mail: Mail) -> Result<(), MailError> {
        let takes = self.queue.settings.bounds.takes;
        let sending = tokio::spawn(async move {
            let sent = mailer.send(mail).await;
            drop(self);
            sent
        });
        match tokio::time::timeout(takes, sending).await {
            Ok(Ok(sent)) => sent,
            Ok(Err(ended)) => match ended.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(MailError::NotNow("the process is ending".to_owned())),
            },
            Err(_) => {
                let seconds = takes.as_secs();
                Err(MailError::NotNow(format!("it took more than {seconds} s")))
            }
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.queue.state.lock().ended(&self.keeps_busy);
        self.queue.give_turns();
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::Notify;
    use uuid::Uuid;

    use super::*;

    fn queue(at_once: usize) -> Arc<MailQueue> {
        let bounds = MailBounds {
            at_once,
            ..MailBounds::default()
        };
        Arc::new(MailQueue::new(MailSettings {
            bounds,
            ..MailSettings::default()
        }))
    }

    fn workspace(n: u128) -> MailSender {
        MailSender::Workspace(TenantId(Uuid::from_u128(n)))
    }

    /// What has its turn by now.
    fn turn(place: &mut Place) -> Option<Turn> {
        place.turn.try_recv().ok()
    }

    #[test]
    fn a_workspace_waits_for_one_mail_of_each_other_and_not_for_all_of_them() {
        let queue = queue(1);
        let stand = |of: u128, n: u32| {
            let to = format!("{n}@{of}.example.com");
            queue.stand(workspace(of), &to).unwrap()
        };
        let mut first = stand(1, 0);
        let under_way = turn(&mut first).unwrap();
        let mut places: Vec<(u128, Place)> = (1..4).map(|n| (1, stand(1, n))).collect();
        places.push((2, stand(2, 0)));
        places.push((3, stand(3, 0)));
        drop(under_way);
        let mut order = Vec::new();
        while !places.is_empty() {
            let held = places.iter_mut().enumerate();
            let held: Vec<_> = held
                .filter_map(|(n, p)| Some((n, turn(&mut p.1)?)))
                .collect();
            let [(n, _)] = &held[..] else {
                panic!("{} have a turn", held.len())
            };
            order.push(places.remove(*n).0);
        }
        assert_eq!(order, [1, 2, 3, 1, 1]);
    }

    #[test]
    fn a_sender_a_domain_and_an_address_keep_no_more_than_their_share_busy() {
        let queue = queue(8);
        let mut held = Vec::new();
        let mut goes = |of: u128, to: &str| {
            let mut place = queue.stand(workspace(of), to).unwrap();
            let turn = turn(&mut place);
            let goes = turn.is_some();
            held.push((place, turn));
            goes
        };
        assert!(goes(1, "a@one.example") && goes(1, "b@one.example"));
        assert!(!goes(1, "c@other.example"), "the sender's share is two");
        assert!(!goes(2, "A@one.example"), "one at a time to an address");
        assert!(goes(2, "d@one.example") && goes(3, "e@one.example"));
        assert!(!goes(4, "f@one.example"), "half of all to a domain");
        assert!(goes(4, "f@other.example"));
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_does_not_wait_any_more_keeps_no_place_and_no_turn() {
        let queue = queue(1);
        let hour = Duration::from_secs(3_600);
        let first = queue.stand(workspace(1), "a@example.com").unwrap();
        let first = first.turn(hour).await.unwrap();
        let impatient = queue.stand(workspace(2), "b@example.com").unwrap();
        assert!(impatient.turn(Duration::from_secs(1)).await.is_none());
        assert!(queue.state.lock().lines.is_empty());
        // It is given a turn, and gone before it takes it.
        let gone = queue.stand(workspace(2), "b@example.com").unwrap();
        drop(first);
        drop(gone);
        let next = queue.stand(workspace(3), "c@example.com").unwrap();
        assert!(next.turn(Duration::from_secs(1)).await.is_some());
        let state = queue.state.lock();
        assert_eq!((state.under_way, state.waiting), (0, 0));
        assert!(state.busy.is_empty() && state.turns.is_empty());
    }

    #[test]
    fn what_waits_is_bounded_by_sender() {
        let queue = queue(1);
        let stand = |of: u128, n: usize| queue.stand(workspace(of), &format!("{n}@example.com"));
        let places: Vec<Option<Place>> = (0..300).map(|n| stand(1, n)).collect();
        let stood = places.iter().flatten().count();
        assert_eq!(
            stood,
            WAITING_OF_SENDER + 1,
            "and the one that is under way"
        );
        assert!(stand(2, 0).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_mail_that_takes_too_long_is_put_off() {
        struct Stuck(Arc<Notify>);
        #[async_trait::async_trait]
        impl Mailer for Stuck {
            async fn send(&self, _: Mail) -> Result<(), MailError> {
                self.0.notified().await;
                Ok(())
            }
        }
        let queue = queue(1);
        let place = queue.stand(workspace(1), "a@example.com").unwrap();
        let turn = place.turn(Duration::from_secs(1)).await.unwrap();
        let mail = Mail {
            to: "a@example.com".to_owned(),
            subject: String::new(),
            body: String::new(),
            link: None,
        };
        let end = Arc::new(Notify::new());
        let sent = turn.send(Arc::new(Stuck(end.clone())), mail).await;
        assert!(matches!(sent, Err(MailError::NotNow(_))));
        assert_eq!(queue.state.lock().under_way, 1, "the relay is still at it");
        end.notify_one();
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(queue.state.lock().under_way, 0);
    }
}
