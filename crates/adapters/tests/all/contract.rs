//! The contract suites of Bus and Cache, on the adapters inside one process.

mod bus {
    use std::sync::Arc;
    use std::time::Duration;

    use raally_adapters::bus::{MemoryBus, Options};
    use raally_app::contract::bus::Subject;

    async fn fresh() -> Subject {
        let options = Options {
            retry: Duration::from_millis(2),
            ..Options::default()
        };
        Subject {
            bus: Arc::new(MemoryBus::new(options)),
            keep: Box::new(()),
        }
    }
    raally_app::bus_contract!(fresh);
}

mod cache {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};
    use std::time::Duration;

    use raally_adapters::cache::MemoryCache;
    use raally_app::contract::cache::Subject;
    use raally_app::ports::Clock;
    use raally_domain::time::Timestamp;

    #[derive(Default)]
    struct SetClock(AtomicI64);

    impl Clock for SetClock {
        fn now(&self) -> Timestamp {
            Timestamp::from_micros(self.0.load(Ordering::SeqCst))
        }
    }

    async fn fresh() -> Subject {
        let clock = Arc::new(SetClock::default());
        let set = clock.clone();
        let pass = move |time: Duration| {
            let micros = i64::try_from(time.as_micros()).unwrap();
            set.0.fetch_add(micros, Ordering::SeqCst);
            Box::pin(std::future::ready(())) as _
        };
        Subject {
            cache: Arc::new(MemoryCache::new(clock, 1 << 20)),
            pass: Box::new(pass),
            unit: Duration::from_secs(3600),
            keep: Box::new(()),
        }
    }
    raally_app::cache_contract!(fresh);
}
