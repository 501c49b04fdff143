package io.github.tandem4j.onnx.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * The alphabet of byte-level BPE, from GPT-2: each byte has a printable character, so that a vocabulary of bytes can be
 * written as text.
 */
final class ByteAlphabet {
    private static final Map<Character, Byte> BYTES = bytes();

    private ByteAlphabet() {}

    private static Map<Character, Byte> bytes() {
        Map<Character, Byte> bytes = new HashMap<>();
        char next = 256;
        for (int value = 0; value < 256; value++) {
            boolean printable = (value >= '!' && value <= '~') || (value >= 0xA1 && value <= 0xFF && value != 0xAD);
            bytes.put(printable ? (char) value : next++, (byte) value);
        }
        return bytes;
    }

    /** The bytes that a token of the vocabulary stands for; one that is not written in the alphabet is its own text. */
    static byte[] toBytes(String token) {
        byte[] bytes = new byte[token.length()];
        for (int i = 0; i < bytes.length; i++) {
            Byte value = BYTES.get(token.charAt(i));
            if (value == null) {
                return token.getBytes(StandardCharsets.UTF_8);
            }
            bytes[i] = value;
        }
        return bytes;
    }
}
