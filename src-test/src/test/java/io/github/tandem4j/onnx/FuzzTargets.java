package io.github.tandem4j.onnx;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.RejectedRequestException;
import io.github.tandem4j.onnx.files.ModelFiles;
import io.github.tandem4j.onnx.gguf.GgufReading;
import io.github.tandem4j.onnx.grammar.OutputConstraint;
import io.github.tandem4j.onnx.grammar.TokenConstraint;
import io.github.tandem4j.onnx.grammar.TokenVocabulary;
import io.github.tandem4j.onnx.jinja.JinjaException;
import io.github.tandem4j.onnx.jinja.JinjaTemplate;
import io.github.tandem4j.onnx.tokenizer.ContentMarks;
import io.github.tandem4j.onnx.tokenizer.Tokenizer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What comes with a model or a request, as bytes that nobody can trust: each target reads them as far as they go, and what it throws
 * must be the one exception that says so. {@code FuzzSeedsTest} gives them the seeds, the profile {@code fuzz} all else.
 */
final class FuzzTargets {
    /** By name, which is also that of the seeds' folder. */
    static final Map<String, Consumer<byte[]>> ALL = Map.of(
            "gguf", FuzzTargets::gguf,
            "modelDirectory", FuzzTargets::modelDirectory,
            "tokenizerFile", FuzzTargets::tokenizerFile,
            "template", FuzzTargets::template,
            "jsonSchema", FuzzTargets::jsonSchema,
            "regex", FuzzTargets::regex);

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Clock CLOCK = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);
    private static final byte SEPARATOR = 0;

    private static final int LONGEST_SAID = 100;
    private static final int END = 256;

    /** Each byte a token, and one that ends a turn. */
    private static final TokenVocabulary BYTES =
            TokenVocabulary.of(END + 1, id -> id == END ? new byte[0] : new byte[] {(byte) id}, Set.of(), Set.of(END));

    private FuzzTargets() {}

    /** A GGUF file: its header, its configuration, and its vocabulary as a tokenizer. */
    static void gguf(byte[] input) {
        inDirectory(place -> {
            Path file = Files.write(place.resolve("model.gguf"), input);
            GgufReading.of(file, place.resolve(ModelFiles.TOKENIZER), FuzzTargets::use);
        });
    }

    /** The small files of a model's directory, with zeros between them, each file the rest if there are no more. */
    static void modelDirectory(byte[] input) {
        inDirectory(place -> {
            List<byte[]> parts = parts(input);
            String[] names = {
                ModelFiles.PROVENANCE, ModelFiles.CONFIG, ModelFiles.GENERATION_CONFIG, ModelFiles.TOKENIZER_CONFIG
            };
            for (int i = 0; i < names.length; i++) {
                if (i < parts.size()) {
                    Files.write(place.resolve(names[i]), parts.get(i));
                }
            }
            ModelDirectory directory = ModelDirectory.open(place, null);
            directory.chatTemplate().ifPresent(template -> render(template, Map.of("messages", List.of())));
            for (String token : List.of("bos_token", "eos_token", "unk_token", "pad_token")) {
                directory.specialToken(token);
            }
            directory.beginsTexts();
        });
    }

    /** A {@code tokenizer.json}, up to the native library and through it. */
    static void tokenizerFile(byte[] input) {
        inDirectory(place -> {
            Path file = Files.write(place.resolve(ModelFiles.TOKENIZER), input);
            try (Tokenizer tokenizer = Tokenizer.open(file, 300)) {
                use(tokenizer);
            }
        });
    }

    /** A chat template, and behind a zero the messages that it renders, as JSON. */
    static void template(byte[] input) {
        List<byte[]> parts = parts(input);
        Object messages = List.of(Map.of("role", "user", "content", "Hi."));
        if (parts.size() > 1) {
            try {
                messages = JSON.convertValue(JSON.readTree(parts.get(1)), Object.class);
            } catch (IOException e) {
                return;
            }
        }
        String source = new String(parts.get(0), StandardCharsets.UTF_8);
        render(source, messages == null ? Map.of() : Map.of("messages", messages, "add_generation_prompt", true));
    }

    /** A JSON schema, and what may be said by it. */
    static void jsonSchema(byte[] input) {
        try {
            OutputConstraint constraint = OutputConstraint.jsonSchema(new String(input, StandardCharsets.UTF_8));
            String text = said(constraint, Arrays.hashCode(input));
            if (text != null && JSON.readTree(text).isMissingNode()) {
                throw new IllegalStateException("no JSON: " + text);
            }
        } catch (IllegalArgumentException | RejectedRequestException e) {
            expected(e);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("invalid JSON was let through", e);
        }
    }

    /** A regular expression, and what may be said by it, which Java must find to match. */
    static void regex(byte[] input) {
        String regex = new String(input, StandardCharsets.UTF_8);
        try {
            String text = said(OutputConstraint.regex(regex), Arrays.hashCode(input));
            // Java's own engine goes back and forth, for ever with some expressions.
            if (text != null && regex.length() <= 30 && !Pattern.matches(regex, text)) {
                throw new IllegalStateException("let through: " + text);
            }
        } catch (PatternSyntaxException e) {
            throw new IllegalStateException("Java does not know " + regex, e);
        } catch (IllegalArgumentException | RejectedRequestException e) {
            expected(e);
        }
    }

    /** Bytes at random out of those that are allowed; null if there is no end in time. */
    private static @Nullable String said(OutputConstraint constraint, long seed) {
        Random random = new Random(seed);
        TokenConstraint way = BYTES.begin(constraint, LONGEST_SAID);
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        while (text.size() < LONGEST_SAID && !way.isFinished()) {
            int[] allowed = BitSet.valueOf(way.allowed()).stream().toArray();
            if (allowed.length == 0) {
                throw new IllegalStateException("a dead end");
            }
            int id = allowed[random.nextInt(allowed.length)];
            if (id == END) {
                break;
            }
            way.accept(id);
            text.write(id);
        }
        return way.isComplete() ? text.toString(StandardCharsets.UTF_8) : null;
    }

    private static void render(String source, Map<String, Object> variables) {
        try {
            JinjaTemplate.parse(source, CLOCK).render(variables);
        } catch (JinjaException e) {
            expected(e);
        }
    }

    private static void use(Tokenizer tokenizer) {
        for (String text : List.of("", "the <s> x", "\u4f60\ud83d\ude00e\u0301\n  1", "\ud83d")) {
            int[] ids = tokenizer.encode(text);
            tokenizer.decode(ids);
            ContentMarks marks = new ContentMarks(tokenizer.specialTokens());
            tokenizer.encodePrompt(marks.unmark(text + String.join(" ", tokenizer.specialTokens())));
        }
    }

    private static List<byte[]> parts(byte[] input) {
        List<byte[]> parts = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < input.length; i++) {
            if (input[i] == SEPARATOR) {
                parts.add(Arrays.copyOfRange(input, start, i));
                start = i + 1;
            }
        }
        parts.add(Arrays.copyOfRange(input, start, input.length));
        return parts;
    }

    private interface Reading {
        void in(Path place) throws IOException;
    }

    private static void inDirectory(Reading reading) {
        try {
            Path place = Files.createTempDirectory("fuzz");
            try {
                reading.in(place);
            } catch (ModelFileException e) {
                expected(e);
            } finally {
                delete(place);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A refusal says what it refuses. */
    private static void expected(RuntimeException refusal) {
        if (refusal.getMessage() == null || refusal.getMessage().isBlank()) {
            throw new IllegalStateException("a refusal without a reason", refusal);
        }
    }

    private static void delete(Path place) throws IOException {
        try (Stream<Path> all = Files.walk(place)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }
}
