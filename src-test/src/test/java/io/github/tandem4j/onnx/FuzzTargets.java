package io.github.tandem4j.onnx;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.onnx.jinja.JinjaException;
import io.github.tandem4j.onnx.jinja.JinjaTemplate;
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
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * What comes with a model, as bytes that nobody can trust: each target reads them as far as they go, and what it throws
 * must be the one exception that says so. {@code FuzzSeedsTest} gives them the seeds, the profile {@code fuzz} all else.
 */
final class FuzzTargets {
    /** By name, which is also that of the seeds' folder. */
    static final Map<String, Consumer<byte[]>> ALL = Map.of(
            "gguf", FuzzTargets::gguf,
            "modelDirectory", FuzzTargets::modelDirectory,
            "tokenizerFile", FuzzTargets::tokenizerFile,
            "template", FuzzTargets::template);

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Clock CLOCK = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);
    private static final byte SEPARATOR = 0;

    private FuzzTargets() {}

    /** A GGUF file: its header, its configuration, and its vocabulary as a tokenizer. */
    static void gguf(byte[] input) {
        inDirectory(place -> {
            Path file = Files.write(place.resolve("model.gguf"), input);
            try (GgufFile gguf = GgufFile.open(file)) {
                gguf.sha256();
                GgufVocabulary vocabulary = new GgufVocabulary(gguf);
                Path json =
                        Files.write(place.resolve("tokenizer.json"), JSON.writeValueAsBytes(vocabulary.tokenizer()));
                vocabulary.tokenizerConfig();
                vocabulary.generationConfig();
                int size = gguf.metadata()
                        .list("tokenizer.ggml.tokens", String.class)
                        .size();
                try (Tokenizer tokenizer = Tokenizer.open(json, size)) {
                    use(tokenizer);
                }
                new DecoderTensors(gguf, DecoderConfig.of(gguf, Integer.MAX_VALUE));
            }
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
