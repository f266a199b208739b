//! Sticky assignment: where a user falls, by a hash and nothing else.

use sha2::{Digest, Sha256};

use crate::ids::UserId;

/// How many buckets users fall into: hundredths of a percent.
pub const BUCKETS: u32 = 10_000;

/// The bucket of a user for a purpose, from 0 to [`BUCKETS`] exclusive. The same user falls into
/// the same bucket for ever; for another purpose (another salt) into one that has nothing to do
/// with it.
pub fn bucket_of(purpose: &[&str], user: &UserId) -> u32 {
    let bucket = hashed(purpose, user) % u64::from(BUCKETS);
    u32::try_from(bucket).unwrap_or(0)
}

/// Where a user falls between 0 and 1, both exclusive, as finely as a double tells.
pub fn share_of(purpose: &[&str], user: &UserId) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "53 bits are exact")]
    let place = (hashed(purpose, user) >> 11) as f64;
    (place + 0.5) / (1_u64 << 53) as f64
}

fn hashed(purpose: &[&str], user: &UserId) -> u64 {
    let mut hash = Sha256::new();
    for part in purpose.iter().copied().chain([user.as_str()]) {
        // The length goes first, so that no two lists of parts run into the same bytes.
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    let digest = hash.finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    u64::from_le_bytes(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_somebody_falls_is_as_others_work_it_out() {
        // By Python's hashlib: SHA-256 of each part behind its length, eight bytes, little-endian.
        for (name, bucket, share) in [
            ("cyd", 979, 0.192_929_412_250_729_52),
            ("eve", 3_565, 0.232_493_696_230_104_24),
            ("hal", 9_143, 0.014_316_393_087_225_82),
        ] {
            let user = UserId::parse(name).unwrap();
            assert_eq!(bucket_of(&["lots"], &user), bucket);
            assert_eq!(share_of(&["lots"], &user).to_bits(), f64::to_bits(share), "{name}");
        }
    }
}
