package io.github.tandem4j.onnx.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the tokens of a vocabulary stand for, by the decoder of a {@code tokenizer.json}: bytes in the alphabet of
 * GPT-2, or the pieces of SentencePiece, where U+2581 is a space and {@code <0x0A>} a byte.
 *
 * @param pieces whether the tokens are pieces of SentencePiece
 * @param spacePrefix whether a text gets a space before it that is none of its own
 */
record TokenTexts(boolean pieces, boolean spacePrefix) {
    private static final String SPACE = "\u2581";
    private static final Pattern BYTE = Pattern.compile("<0x([0-9A-Fa-f]{2})>");

    static TokenTexts of(JsonNode decoder) {
        boolean pieces = false;
        boolean prefix = false;
        for (JsonNode step : decoder.has("decoders") ? decoder.path("decoders") : List.of(decoder)) {
            switch (step.path("type").asText()) {
                case "Metaspace" -> {
                    pieces = true;
                    prefix |= step.path("add_prefix_space").asBoolean(true)
                            && !step.path("prepend_scheme").asText("always").equals("never");
                }
                case "Replace" ->
                    pieces |= step.path("pattern").path("String").asText().equals(SPACE);
                case "Strip" -> prefix |= step.path("start").asInt() > 0;
                default -> {}
            }
        }
        return new TokenTexts(pieces, pieces && prefix);
    }

    /** The bytes of a token of the vocabulary. */
    byte[] bytes(String token) {
        if (!pieces) {
            return ByteAlphabet.toBytes(token);
        }
        Matcher matcher = BYTE.matcher(token);
        return matcher.matches()
                ? new byte[] {(byte) Integer.parseInt(matcher.group(1), 16)}
                : token.replace(SPACE, " ").getBytes(StandardCharsets.UTF_8);
    }

    /** The bytes of an added token, which is written as it stands in a text, or with its spaces replaced. */
    byte[] addedBytes(String content) {
        return (pieces ? content.replace(SPACE, " ") : content).getBytes(StandardCharsets.UTF_8);
    }
}
