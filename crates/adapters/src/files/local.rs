use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use raally_app::ports::{Files, FilesError};

/// Where files lie until they are whole; no name can reach it.
const UNFINISHED: &str = ".unfinished";

/// Files in a folder. A reader sees a file as it was or as it is, never half written.
///
/// A name is one or more parts joined by `/`; a part is ASCII letters, digits, `-`, `_` and
/// `.`, does not begin with `.`, and has at most 100 characters.
#[derive(Clone, Debug)]
pub struct LocalFiles {
    folder: Arc<Path>,
    /// Names unfinished files apart.
    next: Arc<AtomicU64>,
}

impl LocalFiles {
    /// Uses `folder`, made where it is missing; what an earlier process left unfinished goes.
    pub fn open(folder: &Path) -> io::Result<LocalFiles> {
        let unfinished = folder.join(UNFINISHED);
        match fs::remove_dir_all(&unfinished) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => fs::create_dir_all(&unfinished)?,
        }
        Ok(LocalFiles {
            folder: Arc::from(folder),
            next: Arc::default(),
        })
    }

    async fn run<T: Send + 'static>(
        &self,
        name: &str,
        work: impl FnOnce(&LocalFiles, &Path) -> io::Result<T> + Send + 'static,
    ) -> Result<T, FilesError> {
        let failed = |reason: String| FilesError {
            name: name.to_owned(),
            reason,
        };
        if !is_safe(name) {
            return Err(failed("it is not a name for a file".to_owned()));
        }
        let (files, path) = (self.clone(), self.folder.join(name));
        tokio::task::spawn_blocking(move || work(&files, &path))
            .await
            .map_err(|e| failed(e.to_string()))?
            .map_err(|e| failed(e.to_string()))
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let unfinished = self.unfinished();
        let parent = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(parent)?;
        let written = fs::File::create_new(&unfinished)
            .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
            .and_then(|()| fs::rename(&unfinished, path))
            .and_then(|()| fs::File::open(parent)?.sync_all());
        if written.is_err() {
            let _ = fs::remove_file(&unfinished);
        }
        written
    }

    fn unfinished(&self) -> PathBuf {
        let n = self.next.fetch_add(1, Ordering::Relaxed);
        self.folder.join(UNFINISHED).join(n.to_string())
    }
}

fn is_safe(name: &str) -> bool {
    name.split('/').all(|part| {
        (1..=100).contains(&part.len())
            && !part.starts_with('.')
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    })
}

fn found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

#[async_trait]
impl Files for LocalFiles {
    async fn put(&self, name: &str, bytes: Bytes) -> Result<(), FilesError> {
        self.run(name, move |files, path| files.write(path, &bytes))
            .await
    }

    async fn get(&self, name: &str) -> Result<Option<Bytes>, FilesError> {
        self.run(name, |_, path| found(fs::read(path)))
            .await
            .map(|bytes| bytes.map(Bytes::from))
    }

    async fn remove(&self, name: &str) -> Result<(), FilesError> {
        self.run(name, |_, path| found(fs::remove_file(path)).map(drop))
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> (LocalFiles, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        (LocalFiles::open(folder.path()).unwrap(), folder)
    }

    #[tokio::test]
    async fn a_file_comes_back_is_replaced_and_goes() {
        let (files, _folder) = files();
        let name = "acme/logo.v2-final_1.png";
        assert_eq!(files.get(name).await.unwrap(), None);
        for text in ["first", "second"] {
            files.put(name, Bytes::from(text)).await.unwrap();
            assert_eq!(files.get(name).await.unwrap(), Some(Bytes::from(text)));
        }
        files.remove(name).await.unwrap();
        files.remove(name).await.unwrap();
        assert_eq!(files.get(name).await.unwrap(), None);
    }

    #[tokio::test]
    async fn no_name_leads_out_of_the_folder() {
        let (files, folder) = files();
        fs::write(folder.path().join("../raally-outside"), "x").unwrap();
        for name in [
            "",
            "/etc/passwd",
            "../raally-outside",
            "a/../../raally-outside",
            "a//b",
            ".hidden",
            ".unfinished/0",
            "a\\b",
            "a\0b",
            "ä",
            &"a".repeat(101),
        ] {
            assert!(files.get(name).await.is_err(), "{name:?}");
            assert!(files.put(name, Bytes::new()).await.is_err(), "{name:?}");
            assert!(files.remove(name).await.is_err(), "{name:?}");
        }
        fs::remove_file(folder.path().join("../raally-outside")).unwrap();
    }

    #[tokio::test]
    async fn what_was_left_unfinished_goes_and_the_rest_stays() {
        let (files, folder) = files();
        files.put("kept", Bytes::from("kept")).await.unwrap();
        let unfinished = folder.path().join(UNFINISHED).join("0");
        fs::write(&unfinished, "half").unwrap();
        let files = LocalFiles::open(folder.path()).unwrap();
        assert!(!unfinished.exists());
        let kept = files.get("kept").await.unwrap();
        assert_eq!(kept, Some(Bytes::from("kept")));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_reader_never_sees_half_a_file() {
        let (files, _folder) = files();
        let whole = |byte: u8| Bytes::from(vec![byte; 1 << 20]);
        files.put("logo", whole(0)).await.unwrap();
        let mut writers = tokio::task::JoinSet::new();
        for byte in 1..=4 {
            let files = files.clone();
            writers.spawn(async move {
                for _ in 0..5 {
                    files.put("logo", whole(byte)).await.unwrap();
                }
            });
        }
        while writers.try_join_next().is_none_or(|_| !writers.is_empty()) {
            let read = files.get("logo").await.unwrap().unwrap();
            assert_eq!(read, whole(read[0]));
        }
    }
}
