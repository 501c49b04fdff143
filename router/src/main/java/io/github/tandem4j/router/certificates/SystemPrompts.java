package io.github.tandem4j.router.certificates;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import io.github.tandem4j.Request;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;

/** Tells system prompts apart by their fingerprints, so that a certificate carries none of their words. */
final class SystemPrompts {

    /** Stands for every system prompt. */
    static final String ANY = "any";

    private SystemPrompts() {}

    /** {@return SHA-256, in hex, of the texts; of none it is that of nothing} */
    static String fingerprint(List<String> texts) {
        MessageDigest digest = CalibrationRows.sha256();
        for (String text : texts) {
            digest.update(text.getBytes(StandardCharsets.UTF_8));
            digest.update((byte) 0xFF); // in no UTF-8 text, so that two texts are not one
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    static String fingerprint(Request request) {
        return fingerprint(texts(request));
    }

    private static List<String> texts(Request request) {
        return request.chat().messages().stream()
                .filter(SystemMessage.class::isInstance)
                .map(SystemPrompts::text)
                .toList();
    }

    private static String text(ChatMessage message) {
        return ((SystemMessage) message).text();
    }
}
