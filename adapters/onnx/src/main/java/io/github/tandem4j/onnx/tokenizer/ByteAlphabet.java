package io.github.tandem4j.onnx.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The alphabet of byte-level BPE, from GPT-2: each byte has a printable character, so that a vocabulary of bytes can be
 * written as text.
 */
final class ByteAlphabet {
    /** By character: a byte, and -1 where the character is none of the alphabet. */
    private static final short[] BYTES = bytes();

    private ByteAlphabet() {}

    private static short[] bytes() {
        short[] bytes = new short[512];
        Arrays.fill(bytes, (short) -1);
        char next = 256;
        for (int value = 0; value < 256; value++) {
            boolean printable = (value >= '!' && value <= '~') || (value >= 0xA1 && value <= 0xFF && value != 0xAD);
            bytes[printable ? value : next++] = (short) value;
        }
        return bytes;
    }

    /** The bytes that a token of the vocabulary stands for; one that is not written in the alphabet is its own text. */
    static byte[] toBytes(String token) {
        byte[] bytes = new byte[token.length()];
        for (int i = 0; i < bytes.length; i++) {
            char character = token.charAt(i);
            short value = character < BYTES.length ? BYTES[character] : -1;
            if (value < 0) {
                return token.getBytes(StandardCharsets.UTF_8);
            }
            bytes[i] = (byte) value;
        }
        return bytes;
    }
}
