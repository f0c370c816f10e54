//! The small library that stands between the box and its disk, and what it writes down.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

/// One thing that was done to a file.
#[derive(Clone)]
pub struct Step {
    /// 0 the database, 1 its WAL.
    pub file: usize,
    pub what: What,
    /// Where the recording stood after it.
    pub recorded: u64,
}

#[derive(Clone)]
pub enum What {
    Write(usize, Vec<u8>),
    Truncate(usize),
    Sync,
    /// A sync that failed: the system counts what was written before as done, and the disk does not have it.
    Lost,
}

/// A recording under way, and the knobs for faults.
pub struct Recorder(TempDir);

fn library() -> &'static Path {
    static BUILT: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = BUILT.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let (source, path) = (dir.path().join("shim.c"), dir.path().join("shim.so"));
        std::fs::write(&source, include_str!("shim.c")).unwrap();
        let built = Command::new("gcc")
            .args(["-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-o"])
            .args([&path, &source])
            .args(["-ldl", "-lpthread"])
            .status();
        assert!(built.unwrap().success());
        (dir, path)
    });
    path
}

impl Recorder {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("log"), []).unwrap();
        std::fs::write(dir.path().join("knobs"), [0; 16]).unwrap();
        Self(dir)
    }

    /// What a box must be started with.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("LD_PRELOAD", library().to_str().unwrap().to_owned()),
            ("TORTURE_FOLDER", self.0.path().to_str().unwrap().to_owned()),
        ]
    }

    /// 1: writes to the WAL fail; 2: its syncs do; 3: those of the database do; 0: the disk is well.
    pub fn fault(&self, kind: i64) {
        self.turn(0, kind);
    }

    /// Sets the box's clock off by `seconds`.
    pub fn jump(&self, seconds: i64) {
        self.turn(8, seconds);
    }

    fn turn(&self, at: u64, value: i64) {
        use std::os::unix::fs::FileExt;
        let knobs = std::fs::OpenOptions::new().write(true).open(self.0.path().join("knobs")).unwrap();
        knobs.write_all_at(&value.to_ne_bytes(), at).unwrap();
    }

    pub fn log(&self) -> PathBuf {
        self.0.path().join("log")
    }

    /// Everything that was done, in order.
    pub fn steps(&self) -> Vec<Step> {
        let bytes = std::fs::read(self.log()).unwrap();
        let (mut steps, mut at) = (Vec::new(), 0);
        while at + 16 <= bytes.len() {
            let head = &bytes[at..at + 16];
            let length = u32::from_ne_bytes(head[4..8].try_into().unwrap()) as usize;
            let offset = usize::try_from(i64::from_ne_bytes(head[8..16].try_into().unwrap())).unwrap();
            if at + 16 + length > bytes.len() {
                break;
            }
            let what = match head[0] {
                1 => What::Write(offset, bytes[at + 16..at + 16 + length].to_vec()),
                2 => What::Truncate(offset),
                3 => What::Sync,
                _ => What::Lost,
            };
            at += 16 + length;
            steps.push(Step { file: usize::from(head[1]) - 1, what, recorded: at as u64 });
        }
        steps
    }
}
