//! A signature's text: hexadecimal, in either case.

use crate::error::SignatureError;

/// The `N` bytes of a signature. What is wrong with the text is told apart.
pub(crate) fn decode<const N: usize>(header: &'static str, text: &[u8]) -> Result<[u8; N], SignatureError> {
    if text.is_empty() {
        return Err(SignatureError::Empty { header });
    }
    if !text.iter().all(u8::is_ascii_hexdigit) {
        return Err(SignatureError::NotHex { header });
    }
    if text.len() % 2 == 1 {
        return Err(SignatureError::OddLength { header, digits: text.len() });
    }
    let mut bytes = [0; N];
    match base16ct::mixed::decode(text, &mut bytes) {
        Ok(read) if read.len() == N => Ok(bytes),
        _ => Err(SignatureError::WrongLength { header, digits: text.len(), expected: 2 * N }),
    }
}

/// Lower case, as Dintero writes it.
pub(crate) fn encode(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_is_told_apart() {
        const H: &str = "x";
        assert_eq!(decode::<2>(H, b"00fF"), Ok([0, 255]));
        assert_eq!(decode::<2>(H, b""), Err(SignatureError::Empty { header: H }));
        assert_eq!(decode::<2>(H, b"0"), Err(SignatureError::OddLength { header: H, digits: 1 }));
        assert_eq!(decode::<2>(H, b"0g"), Err(SignatureError::NotHex { header: H }));
        assert_eq!(decode::<2>(H, b" 00ff"), Err(SignatureError::NotHex { header: H }));
        assert_eq!(decode::<2>(H, "00fø".as_bytes()), Err(SignatureError::NotHex { header: H }));
        for (text, digits) in [("00", 2), ("00ff00", 6)] {
            let wrong = SignatureError::WrongLength { header: H, digits, expected: 4 };
            assert_eq!(decode::<2>(H, text.as_bytes()), Err(wrong));
        }
        assert_eq!(encode(&[0, 255]), "00ff");
    }
}
