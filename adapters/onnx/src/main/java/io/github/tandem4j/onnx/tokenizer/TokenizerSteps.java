package io.github.tandem4j.onnx.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import io.github.tandem4j.ModelFileException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Iterator;
import java.util.Set;

/**
 * The normalizer and the pre-tokenizer of a {@code tokenizer.json}, looked through before the native library gets them:
 * with some it ends the process, where it should say what is wrong. What is not known to be harmless is refused by name.
 */
final class TokenizerSteps {
    private static final int DEEPEST = 8;
    private static final int LONGEST_PREFIX = 64;

    /** How many times as long a normalizer may make a text; without a limit, a few steps fill all memory. */
    private static final double MOST_GROWTH = 64;

    private static final Set<String> NORMALIZERS = Set.of(
            "NFC",
            "NFD",
            "NFKC",
            "NFKD",
            "Nmt",
            "Lowercase",
            "StripAccents",
            "Strip",
            "Prepend",
            "Replace",
            "Sequence",
            "BertNormalizer");
    private static final Set<String> PRE_TOKENIZERS = Set.of(
            "ByteLevel",
            "Digits",
            "Split",
            "Metaspace",
            "Punctuation",
            "Whitespace",
            "WhitespaceSplit",
            "Sequence",
            "BertPreTokenizer",
            "UnicodeScripts",
            "CharDelimiterSplit");

    private TokenizerSteps() {}

    static JsonNode normalizer(Path file, JsonNode steps) {
        JsonNode checked = checked(file, steps, "normalizer", NORMALIZERS, "normalizers", 0);
        if (growth(checked) > MOST_GROWTH) {
            throw refused(file, "normalizer that makes texts too long", "at most " + MOST_GROWTH + " times as long");
        }
        return checked;
    }

    private static double growth(JsonNode step) {
        double growth = 1;
        for (JsonNode each : step.path("normalizers")) {
            growth *= growth(each);
        }
        if (step.path("type").asText().equals("Replace")) {
            int from = Math.max(1, step.path("pattern").path("String").asText().length());
            growth *= Math.max(1, step.path("content").asText().length() / (double) from);
        }
        return growth;
    }

    static JsonNode preTokenizer(Path file, JsonNode steps) {
        return checked(file, steps, "pre-tokenizer", PRE_TOKENIZERS, "pretokenizers", 0);
    }

    private static JsonNode checked(
            Path file, JsonNode step, String what, Set<String> known, String children, int depth) {
        if (step.isNull() || step.isMissingNode()) {
            return NullNode.getInstance();
        }
        String type = step.path("type").asText();
        if (!known.contains(type) || depth > DEEPEST) {
            throw refused(
                    file, what + " " + (depth > DEEPEST ? "nested deeper than " + DEEPEST : type), "one of " + known);
        }
        if (type.equals("Sequence")) {
            if (!(step.path(children) instanceof ArrayNode all)) {
                throw refused(file, what + " Sequence without " + children, "an array");
            }
            all.forEach(each -> checked(file, each, what, known, children, depth + 1));
        }
        int prefix = step.path("prepend").asText().length();
        if (type.equals("Prepend") && (prefix == 0 || prefix > LONGEST_PREFIX)) {
            throw refused(
                    file,
                    what + " that prepends " + (prefix == 0 ? "nothing" : prefix + " characters"),
                    "a text of at most " + LONGEST_PREFIX + " to be put before");
        }
        if (type.equals("Replace") || type.equals("Split")) {
            pattern(file, step.path("pattern"), what + " " + type, type.equals("Replace"));
        }
        return step;
    }

    private static void pattern(Path file, JsonNode pattern, String what, boolean mustConsume) {
        if (pattern.path("Regex").isTextual()) {
            String regex = pattern.path("Regex").asText();
            PatternCheck.check(regex, mustConsume).ifPresent(fault -> {
                throw refused(
                        file,
                        what + " with the regular expression " + regex.substring(0, Math.min(200, regex.length()))
                                + ", which " + fault,
                        "character classes in a row, each repeated or not");
            });
        } else if (pattern.path("String").asText().isEmpty()) {
            throw refused(file, what + " without a pattern", "a text or a regular expression");
        }
    }

    /** The table of a Precompiled step, which is checked. */
    static byte[] characterMap(Path file, JsonNode step) {
        byte[] table;
        try {
            table = Base64.getDecoder().decode(step.path("precompiled_charsmap").asText());
        } catch (IllegalArgumentException e) {
            throw new ModelFileException(file + " has a precompiled_charsmap that is no base 64", e);
        }
        CharacterMap.check(table).ifPresent(fault -> {
            throw new ModelFileException(
                    file + " has a precompiled_charsmap that " + fault + "; valid: one that SentencePiece wrote");
        });
        return table;
    }

    /**
     * Looks through a whole file that the native library is to get as it is: also the tables of characters, and what it
     * takes for granted in a model and in a template of special tokens.
     */
    static void check(Path file, JsonNode json) {
        JsonNode normalizer = json.path("normalizer").deepCopy();
        if (normalizer.path("normalizers") instanceof ArrayNode steps) {
            for (Iterator<JsonNode> each = steps.iterator(); each.hasNext(); ) {
                if (isTable(file, each.next())) {
                    each.remove();
                }
            }
        }
        if (!isTable(file, normalizer)) {
            normalizer(file, normalizer);
        }
        preTokenizer(file, json.path("pre_tokenizer"));
        JsonNode model = json.path("model");
        String type = model.path("type").asText("BPE"); // which the library may guess
        if (type.equals("BPE")
                && !model.path("continuing_subword_prefix").asText("").isEmpty()
                && !model.path("continuing_subword_prefix").isNull()) {
            throw refused(
                    file, "BPE with continuing_subword_prefix " + model.path("continuing_subword_prefix"), "none");
        }
        checkTemplates(file, json.path("post_processor"));
        json.path("post_processor").path("processors").forEach(each -> checkTemplates(file, each));
    }

    private static boolean isTable(Path file, JsonNode step) {
        boolean isTable = step.path("type").asText().equals("Precompiled");
        if (isTable) {
            characterMap(file, step);
        }
        return isTable;
    }

    private static void checkTemplates(Path file, JsonNode processor) {
        for (String template : new String[] {"single", "pair"}) {
            for (JsonNode piece : processor.path(template)) {
                JsonNode special = piece.path("SpecialToken").path("id");
                if (!special.isMissingNode()
                        && !processor.path("special_tokens").has(special.asText())) {
                    throw refused(file, "template with " + special, "one of its special_tokens");
                }
            }
        }
    }

    static ModelFileException refused(Path file, String found, String valid) {
        return new ModelFileException(file + " has a " + found + "; valid: " + valid);
    }
}
