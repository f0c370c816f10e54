//! The frames of a WAL, read without `SQLite`: it would already mix them with the main file.

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read};
use std::path::Path;

/// The frames of a WAL as `SQLite` lays them, up to the first that is not whole.
pub struct Frames {
    file: BufReader<File>,
    /// Whether sums are made of words with the low byte first.
    little: bool,
    sum: [u32; 2],
    salt: [u8; 8],
    /// The page that was read last.
    pub page: Vec<u8>,
}

impl Frames {
    /// Begins to read; `None` where no whole head of a WAL is.
    pub fn of(wal: &Path) -> std::io::Result<Option<Self>> {
        let mut file = BufReader::new(File::open(wal)?);
        let mut head = [0; 32];
        if !filled(&mut file, &mut head)? {
            return Ok(None);
        }
        let (magic, size) = (word(&head, false), word(&head[8..], false));
        let little = magic & 1 == 0;
        let sum = sum([0, 0], &head[..24], little);
        let whole = magic & !1 == 0x377f_0682 && [word(&head[24..], false), word(&head[28..], false)] == sum;
        let mut salt = [0; 8];
        salt.copy_from_slice(&head[16..24]);
        // Noise names any size: it is judged before there is room for it.
        let size = usize::try_from(size).ok().filter(|size| whole && (512..=65_536).contains(size));
        Ok(size.map(|size| Self { file, little, sum, salt, page: vec![0; size] }))
    }

    /// The next page's number, and whether a transaction ends with it.
    pub fn next(&mut self) -> std::io::Result<Option<(u32, bool)>> {
        let mut head = [0; 24];
        if !filled(&mut self.file, &mut head)? || !filled(&mut self.file, &mut self.page)? {
            return Ok(None);
        }
        self.sum = sum(sum(self.sum, &head[..8], self.little), &self.page, self.little);
        let whole = head[8..16] == self.salt && [word(&head[16..], false), word(&head[20..], false)] == self.sum;
        Ok(whole.then(|| (word(&head, false), word(&head[4..], false) != 0)))
    }
}

fn filled(file: &mut impl Read, bytes: &mut [u8]) -> std::io::Result<bool> {
    match file.read_exact(bytes) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        read => read.map(|()| true),
    }
}

/// Four bytes as a number.
pub fn word(bytes: &[u8], little: bool) -> u32 {
    let four = [bytes[0], bytes[1], bytes[2], bytes[3]];
    if little { u32::from_le_bytes(four) } else { u32::from_be_bytes(four) }
}

/// `SQLite`'s running sum over pairs of words.
fn sum(so_far: [u32; 2], bytes: &[u8], little: bool) -> [u32; 2] {
    bytes.chunks_exact(8).fold(so_far, |[one, two], pair| {
        let one = one.wrapping_add(word(pair, little)).wrapping_add(two);
        [one, two.wrapping_add(word(&pair[4..], little)).wrapping_add(one)]
    })
}

#[cfg(test)]
mod tests {
    use super::{Frames, sum};

    #[test]
    fn noise_in_the_place_of_a_wal_takes_no_room_for_its_pages() {
        let dir = tempfile::tempdir().unwrap();
        let wal = dir.path().join("noise-wal");
        for byte in [0x7f, 0xff] {
            std::fs::write(&wal, [byte; 32]).unwrap();
            assert!(Frames::of(&wal).unwrap().is_none());
        }
        // As good as a head gets, but for a size that no page has.
        let mut head = [0x37, 0x7f, 0x06, 0x82, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff].to_vec();
        head.resize(24, 0);
        let sum = sum([0, 0], &head, true);
        head.extend(sum.iter().flat_map(|word| word.to_be_bytes()));
        std::fs::write(&wal, &head).unwrap();
        assert!(Frames::of(&wal).unwrap().is_none());
    }
}
