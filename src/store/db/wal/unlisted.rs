//! What can have a file open without being in any process's list: the kernel itself, and descriptors on their way.

use std::fs::{read_dir, read_link, read_to_string};
use std::io::Result;
use std::path::Path;

use super::open_files::{FileId, INIT, threads, unless_gone};

/// Threads of the kernel that serve files to other machines.
const SERVERS: [&str; 2] = ["nfsd", "ksmbd"];
/// What of an open socket or ring tells how many files it holds.
const HELD: [&str; 2] = ["scm_fds:", "UserFiles:"];

/// Loop devices that show one of these files as a disk.
pub fn loops(files: &[FileId]) -> Vec<String> {
    let disks = read_dir("/sys/block").into_iter().flatten().flatten();
    let shows = |disk: &Path| {
        let file = read_to_string(disk.join("loop/backing_file")).ok();
        file.and_then(|file| FileId::of(Path::new(file.trim_end_matches('\n'))).ok())
            .is_some_and(|file| files.contains(&file))
    };
    disks.filter(|disk| shows(&disk.path())).map(|disk| disk.file_name().to_string_lossy().into_owned()).collect()
}

/// Whether something holds files of which nobody can say which they are: a file server in the kernel, a socket in which
/// descriptors wait to be received, a ring that was handed some. Of these processes; one that cannot be asked counts.
pub fn may_hold(processes: &[i32]) -> bool {
    // Nobody may ask the first process on some systems.
    let blind = |pid| pid != INIT;
    let carry =
        |pid| threads(pid).map_or(blind(pid), |all| all.iter().any(|thread| carries(thread).unwrap_or(blind(pid))));
    processes.iter().any(|pid| serves(*pid) || carry(*pid))
}

fn serves(pid: i32) -> bool {
    read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| SERVERS.iter().any(|server| name.starts_with(server)))
}

fn carries(thread: &Path) -> Result<bool> {
    let descriptors = match read_dir(thread.join("fd")) {
        Ok(descriptors) => descriptors,
        Err(error) => return unless_gone(Err(error)),
    };
    for descriptor in descriptors {
        let descriptor = descriptor?;
        let told = || {
            let what = read_link(descriptor.path())?.to_string_lossy().into_owned();
            let tells = what.starts_with("socket:") || what.contains("io_uring");
            let about = thread.join("fdinfo").join(descriptor.file_name());
            Ok(tells && read_to_string(about)?.lines().any(holds_some))
        };
        if unless_gone(told())? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn holds_some(line: &str) -> bool {
    HELD.iter().filter_map(|what| line.strip_prefix(what)).any(|count| count.trim() != "0")
}

#[cfg(test)]
mod tests {
    use std::io::IoSlice;
    use std::mem::MaybeUninit;
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;

    use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};

    use super::{carries, holds_some, may_hold};

    #[test]
    fn descriptors_that_cannot_be_listed_may_hold_some_and_those_of_one_who_has_ended_hold_none() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("fd"), "no folder").unwrap();
        assert!(carries(dir.path()).is_err(), "an error passes for none");
        assert!(!carries(&dir.path().join("ended")).unwrap());
    }

    #[test]
    fn a_descriptor_on_its_way_is_held_by_somebody() {
        let own = [i32::try_from(std::process::id()).unwrap()];
        let (from, to) = UnixStream::pair().unwrap();
        let file = tempfile::tempfile().unwrap();
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut message = SendAncillaryBuffer::new(&mut space);
        let all = [file.as_fd()];
        assert!(message.push(SendAncillaryMessage::ScmRights(&all)));
        sendmsg(&from, &[IoSlice::new(b"x")], &mut message, SendFlags::empty()).unwrap();
        assert!(may_hold(&own));
        drop(to);
        assert!(holds_some("UserFiles:\t3") && !holds_some("UserFiles:\t0") && !holds_some("pos:\t3"));
    }
}
