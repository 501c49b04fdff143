package io.github.tandem4j.onnx;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;

/**
 * Makes text of the bytes that tokens stand for: gives out whole characters only, and nothing that may turn out to be
 * the beginning of a stop sequence, which may lie across tokens.
 */
final class TextAssembler {
    private final List<String> stops;
    private final Consumer<String> sink;
    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    private final StringBuilder text = new StringBuilder();
    private ByteBuffer pending = ByteBuffer.allocate(16);
    private int given;
    private boolean stopped;

    /** @param sink takes the text piece by piece */
    TextAssembler(List<String> stops, Consumer<String> sink) {
        this.stops = stops;
        this.sink = sink;
    }

    /** Takes a token's bytes; says whether a stop sequence is complete, with which the text ends. */
    boolean accept(byte[] bytes) {
        if (pending.remaining() < bytes.length) {
            ByteBuffer larger = ByteBuffer.allocate(2 * (pending.capacity() + bytes.length));
            pending = larger.put(pending.flip());
        }
        pending.put(bytes).flip();
        decode(false);
        pending.compact();
        giveWhatIsSafe();
        return stopped;
    }

    /** Ends the text: half a character becomes U+FFFD. */
    String finish() {
        if (!stopped) {
            pending.flip();
            decode(true);
            giveWhatIsSafe();
            if (!stopped) {
                give(text.length());
            }
        }
        return text.toString();
    }

    private void decode(boolean end) {
        CharBuffer chars = CharBuffer.allocate(pending.remaining() + 4);
        decoder.decode(pending, chars, end);
        if (end) {
            decoder.flush(chars);
        }
        text.append(chars.flip());
    }

    /**
     * The stop sequence that is complete first counts, and of two that end together the longer one: so a text ends at the
     * same place, whichever of its characters came with one token.
     */
    private void giveWhatIsSafe() {
        int stop = -1;
        int end = Integer.MAX_VALUE;
        for (String each : stops) {
            // What was given out began no stop sequence.
            int at = text.indexOf(each, given);
            if (at >= 0 && (at + each.length() < end || (at + each.length() == end && at < stop))) {
                stop = at;
                end = at + each.length();
            }
        }
        if (stop >= 0) {
            stopped = true;
            text.setLength(stop);
            give(stop);
        } else {
            give(text.length() - longestStopPrefix());
        }
    }

    /** The length of the longest end of the text with which some stop sequence begins. */
    private int longestStopPrefix() {
        int longest = 0;
        for (String stop : stops) {
            for (int length = Math.min(stop.length() - 1, text.length() - given); length > longest; length--) {
                if (text.indexOf(stop.substring(0, length), text.length() - length) >= 0) {
                    longest = length;
                }
            }
        }
        return longest;
    }

    private void give(int end) {
        int safe = end;
        if (safe > given && safe < text.length() && Character.isHighSurrogate(text.charAt(safe - 1))) {
            safe--;
        }
        if (safe > given) {
            String piece = text.substring(given, safe);
            given = safe;
            sink.accept(piece);
        }
    }
}
