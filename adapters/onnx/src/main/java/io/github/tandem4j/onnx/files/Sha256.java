package io.github.tandem4j.onnx.files;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** Fingerprints of texts and tokens. */
public final class Sha256 {
    /** How long a fingerprint is. */
    public static final int BYTES = 32;

    private Sha256() {}

    /**
     * Of texts one after the other, each with its length before it, so that no two lists of texts run together.
     *
     * @param texts the texts
     * @return their fingerprint
     */
    public static byte[] of(Iterable<String> texts) {
        MessageDigest digest = digest();
        for (String text : texts) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            digest.update(
                    ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
            digest.update(bytes);
        }
        return digest.digest();
    }

    /**
     * Of tokens.
     *
     * @param ids the tokens
     * @return their fingerprint, in hexadecimal digits
     */
    public static String hex(int[] ids) {
        ByteBuffer bytes = ByteBuffer.allocate(ids.length * Integer.BYTES);
        bytes.asIntBuffer().put(ids);
        return HexFormat.of().formatHex(digest().digest(bytes.array()));
    }

    /**
     * Of bytes.
     *
     * @param bytes the bytes
     * @return their fingerprint, in hexadecimal digits
     */
    public static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(digest().digest(bytes));
    }

    /**
     * Of texts, as {@link #of} takes them.
     *
     * @param texts the texts
     * @return their fingerprint, in hexadecimal digits
     */
    public static String hex(String... texts) {
        return HexFormat.of().formatHex(of(List.of(texts)));
    }

    /**
     * A fingerprint in the making.
     *
     * @return a digest of nothing yet
     */
    public static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
