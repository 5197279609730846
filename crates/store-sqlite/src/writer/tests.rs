use super::turns::BITE;
use super::*;
use crate::Options;
use crate::rows::{execute, first, int, number};

fn writer(wait: Duration) -> (Arc<Writer>, Arc<Folder>, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let folder = Arc::new(Folder::open(dir.path(), Options::default()).unwrap());
    let conn = folder.writer().unwrap();
    let writer = Writer::start(folder.clone(), conn, wait).unwrap();
    (Arc::new(writer), folder, dir)
}

fn note(conn: &Connection, n: u64) -> rusqlite::Result<u64> {
    execute(
        conn,
        "INSERT INTO inbox VALUES (x'00', ?1, ?2)",
        rusqlite::params![n.to_string(), int(n)],
    )
}

fn sum(folder: &Folder) -> u64 {
    sum_in(&folder.reader().unwrap())
}

fn sum_in(conn: &Connection) -> u64 {
    first(conn, "SELECT sum(seq) FROM inbox", [], |row| number(row, 0))
        .unwrap()
        .unwrap()
}

/// Keeps the writer busy until told.
async fn hold(writer: &Arc<Writer>) -> std::sync::mpsc::Sender<()> {
    let (release, held) = std::sync::mpsc::channel();
    let (begun, begins) = oneshot::channel();
    let (writer, mut begun) = (writer.clone(), Some(begun));
    tokio::spawn(async move {
        writer
            .write(Weight::Small, move |_| {
                begun.take().unwrap().send(()).unwrap();
                let _ = held.recv();
                Ok(())
            })
            .await
    });
    begins.await.unwrap();
    release
}

/// Waits until so many requests stand in the queue of a writer that is held.
async fn queued(writer: &Writer, requests: usize) {
    while writer.queue.as_ref().unwrap().capacity() > QUEUE - requests {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_fails_after_writing_spoils_no_other() {
    let (writer, folder, _dir) = writer(Duration::from_secs(5));
    let release = hold(&writer).await;
    let mut running = tokio::task::JoinSet::new();
    for n in 0..40 {
        let writer = writer.clone();
        running.spawn(async move {
            let work = move |conn: &Connection| {
                note(conn, n)?;
                match n % 4 {
                    0 => execute(conn, "INSERT INTO nowhere VALUES (1)", []),
                    _ => Ok(n),
                }
            };
            (n, writer.write(Weight::Small, work).await)
        });
    }
    // They are to share a transaction.
    while writer.queue.as_ref().unwrap().capacity() > QUEUE - 40 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    release.send(()).unwrap();
    for (n, result) in running.join_all().await {
        match result {
            Ok(result) => assert_eq!(result, n),
            Err(StoreError::Failed(e)) => {
                assert_eq!(n % 4, 0, "{e}");
                assert!(e.to_string().contains("nowhere"), "{e}");
            }
            Err(other) => panic!("{other}"),
        }
    }
    let kept: u64 = (0..40).filter(|n| n % 4 != 0).sum();
    assert_eq!(sum(&folder), kept);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_panics_fails_alone_and_the_thread_lives_on() {
    let (writer, folder, _dir) = writer(Duration::from_secs(5));
    let release = hold(&writer).await;
    let mut running = tokio::task::JoinSet::new();
    for n in 0..8 {
        let writer = writer.clone();
        running.spawn(async move {
            let work = move |conn: &Connection| {
                note(conn, n)?;
                assert_ne!(n, 3, "it panics");
                Ok(n)
            };
            (n, writer.write(Weight::Small, work).await)
        });
    }
    queued(&writer, 8).await;
    release.send(()).unwrap();
    for (n, result) in running.join_all().await {
        assert_eq!(result.is_ok(), n != 3, "{n}: {result:?}");
    }
    assert_eq!(sum(&folder), (0..8).filter(|n| *n != 3).sum::<u64>());
    writer.ping().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn small_requests_wait_for_one_large_one_at_most() {
    let (writer, _folder, _dir) = writer(Duration::from_secs(5));
    let release = hold(&writer).await;
    let order = Arc::new(std::sync::Mutex::new(Vec::new()));
    let mut running = tokio::task::JoinSet::new();
    let weights = [Weight::Large, Weight::Large, Weight::Small, Weight::Large];
    for (n, weight) in weights.into_iter().enumerate() {
        let (asking, order) = (writer.clone(), order.clone());
        running.spawn(async move {
            let again = asking.clone();
            let late = order.clone();
            let runtime = tokio::runtime::Handle::current();
            let work = move |_: &Connection| {
                order.lock().unwrap().push(format!("{weight:?} {n}"));
                if n == 0 {
                    // One that comes while the first large one is written.
                    let (again, late) = (again.clone(), late.clone());
                    let before = again.queue.as_ref().unwrap().capacity();
                    let asked = again.clone();
                    runtime.spawn(async move {
                        let work = move |_: &Connection| {
                            late.lock().unwrap().push("late".to_owned());
                            Ok(())
                        };
                        again.write(Weight::Small, work).await
                    });
                    while asked.queue.as_ref().unwrap().capacity() == before {
                        std::thread::sleep(Duration::from_millis(1));
                    }
                }
                Ok(())
            };
            asking.write(weight, work).await.unwrap();
        });
        // They come in this order.
        queued(&writer, n + 1).await;
    }
    release.send(()).unwrap();
    running.join_all().await;
    let expected = ["Small 2", "Large 0", "late", "Large 1", "Large 3"];
    assert_eq!(*order.lock().unwrap(), expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_checkpoint_waits_for_one_transaction_and_no_write_for_a_reader() {
    let (writer, folder, _dir) = writer(Duration::from_secs(5));
    let log = folder.path.join("raally.db-wal");
    let length = || log.metadata().unwrap().len();
    let order = Arc::new(std::sync::Mutex::new(Vec::new()));
    writer
        .write(Weight::Small, |conn| note(conn, 1))
        .await
        .unwrap();
    // Somebody reads in the log, and large requests wait.
    let reader = folder.reader().unwrap();
    reader.execute_batch("BEGIN").unwrap();
    sum_in(&reader);
    let release = hold(&writer).await;
    let mut running = tokio::task::JoinSet::new();
    for n in 0..2 {
        let (writer, order) = (writer.clone(), order.clone());
        running.spawn(async move {
            let work = move |conn: &Connection| note(conn, 100 + n);
            writer.write(Weight::Large, work).await.unwrap();
            order.lock().unwrap().push("large");
        });
    }
    let (emptying, emptied) = (writer.clone(), order.clone());
    let emptying = tokio::spawn(async move {
        emptying.checkpoint().await.unwrap();
        emptied.lock().unwrap().push("emptied");
    });
    release.send(()).unwrap();
    running.join_all().await;
    writer
        .write(Weight::Small, |conn| note(conn, 2))
        .await
        .unwrap();
    assert_eq!(*order.lock().unwrap(), ["large", "large"]);
    assert_ne!(length(), 0);
    reader.execute_batch("COMMIT").unwrap();
    emptying.await.unwrap();
    assert_eq!(length(), 0);
    assert_eq!(sum(&folder), 1 + 100 + 101 + 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_who_ask_together_for_an_empty_log_share_a_pass() {
    let (writer, _folder, _dir) = writer(Duration::from_secs(5));
    let release = hold(&writer).await;
    let asking = (0..20).map(|_| writer.checkpoint());
    let releasing = async {
        tokio::task::yield_now().await;
        release.send(()).unwrap();
    };
    let (asked, ()) = tokio::join!(futures::future::join_all(asking), releasing);
    assert!(asked.into_iter().all(|emptied| emptied.is_ok()));
    let passes = writer.checkpoints.as_ref().unwrap().emptied();
    assert!(passes <= 2, "{passes}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_grows_long_is_moved_and_begun_anew() {
    let (writer, folder, _dir) = writer(Duration::from_secs(5));
    let log = folder.path.join("raally.db-wal");
    let text = "x".repeat(4 << 20);
    for n in 0..40 {
        let text = text.clone();
        let work = move |conn: &Connection| {
            execute(
                conn,
                "INSERT INTO bodies VALUES (?1, ?2)",
                rusqlite::params![int(n), text],
            )
        };
        writer.write(Weight::Large, work).await.unwrap();
    }
    let length = log.metadata().unwrap().len();
    assert!(length < 80 << 20, "{length} bytes of 160 MiB");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_behind_lets_others_go_before_it() {
    let (writer, _folder, _dir) = writer(Duration::from_secs(5));
    let release = hold(&writer).await;
    let order = Arc::new(std::sync::Mutex::new(Vec::new()));
    let mut running = tokio::task::JoinSet::new();
    let behind = Weight::Behind(BITE.1 / 2);
    let more = Weight::Behind(BITE.1 * 2);
    let weights = [
        behind,
        behind,
        behind,
        more,
        Weight::Large,
        Weight::Small,
        Weight::Small,
    ];
    for (n, weight) in weights.into_iter().enumerate() {
        let (asking, order) = (writer.clone(), order.clone());
        running.spawn(async move {
            let work = move |_: &Connection| {
                order.lock().unwrap().push(n);
                Ok(())
            };
            asking.write(weight, work).await.unwrap();
        });
        // They come in this order.
        queued(&writer, n + 1).await;
    }
    release.send(()).unwrap();
    running.join_all().await;
    assert_eq!(*order.lock().unwrap(), [5, 6, 0, 1, 4, 2, 3]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_was_given_up_is_not_run_later() {
    let (writer, folder, _dir) = writer(Duration::from_millis(50));
    let release = hold(&writer).await;
    let given_up = writer.write(Weight::Small, |conn| note(conn, 1)).await;
    match given_up {
        Err(StoreError::Unavailable(text)) => assert!(text.contains("busy"), "{text}"),
        other => panic!("{other:?}"),
    }
    release.send(()).unwrap();
    // On a busy machine this one is given up as well, and asked again as the error says.
    let again = async || writer.write(Weight::Small, |conn| note(conn, 10)).await;
    while let Err(error) = again().await {
        assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
    }
    assert_eq!(sum(&folder), 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_under_way_is_waited_for() {
    let (writer, folder, _dir) = writer(Duration::from_millis(250));
    let slow = |conn: &Connection| {
        std::thread::sleep(Duration::from_millis(300));
        note(conn, 1)
    };
    assert_eq!(writer.write(Weight::Small, slow).await.unwrap(), 1);
    assert_eq!(sum(&folder), 1);
}

#[tokio::test]
async fn what_was_asked_before_the_end_is_done() {
    let (writer, folder, _dir) = writer(Duration::from_secs(5));
    let pending = tokio::spawn({
        let writer = writer.clone();
        async move { writer.write(Weight::Small, |conn| note(conn, 1)).await }
    });
    tokio::task::yield_now().await;
    drop(writer);
    assert_eq!(pending.await.unwrap().unwrap(), 1);
    assert_eq!(sum(&folder), 1);
}
