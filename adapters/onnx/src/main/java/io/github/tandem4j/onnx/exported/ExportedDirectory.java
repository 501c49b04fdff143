package io.github.tandem4j.onnx.exported;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.onnx.files.ModelFiles;
import io.github.tandem4j.onnx.files.Sha256;
import io.github.tandem4j.onnx.graph.Graph;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A directory as Hugging Face's tools write it and onnx-community publishes it: {@code config.json}, the tokenizer's files,
 * and one or more graphs, there or under {@code onnx}.
 */
public final class ExportedDirectory {
    private static final long LARGEST_TOKENIZER = 256L << 20;
    private static final long LARGEST_VOCABULARY = 1 << 24;
    private static final long LARGEST_TEMPLATE = 4L << 20;
    private static final String VALID = "a directory of Hugging Face with config.json, tokenizer.json,"
            + " tokenizer_config.json and onnx/model.onnx";

    /** Where models say how many tokens they see at once, by the names that families of them give it. */
    private static final List<String> WINDOWS = List.of(
            "max_position_embeddings", "n_positions", "n_ctx", "max_seq_len", "max_sequence_length", "seq_length");

    private static final List<String> SPECIALS = List.of("bos_token", "eos_token", "unk_token", "pad_token");

    private final Path path;
    private final Path configFile;
    private final ObjectNode config;
    private final TokenizerHead tokenizer;

    private ExportedDirectory(Path path, TokenizerHead tokenizer) {
        this.path = path;
        this.tokenizer = tokenizer;
        this.configFile = path.resolve(ModelFiles.CONFIG);
        this.config = read(configFile);
    }

    /**
     * What a directory holds.
     *
     * @param model the graph
     * @param window tokens that the model was trained to see at once
     * @param vocabulary how many tokens the model knows, padding included
     * @param turnEnds ids of the tokens that end a turn
     * @param tokenizerConfig special tokens and the chat template, as an import writes them
     * @param fingerprint SHA-256, in hexadecimal digits, of the graph, a sample of its weights, and the tokenizer with its
     *     configuration
     */
    public record Contents(
            ExportedModel model,
            int window,
            int vocabulary,
            Set<Integer> turnEnds,
            ObjectNode tokenizerConfig,
            String fingerprint) {}

    /**
     * Reads a directory's small files and one of its graphs.
     *
     * @param path the directory
     * @param variant of the graphs, such as {@code q4}; null for the usual one
     * @return what it holds
     * @throws ModelFileException if something is missing or not as it must be
     */
    public static Contents open(Path path, @Nullable String variant) {
        Path file = ExportedVariants.in(path).file(variant);
        Path tokenizerFile = path.resolve(ModelFiles.TOKENIZER);
        byte[] tokenizer = ModelFiles.bytes(tokenizerFile, LARGEST_TOKENIZER, VALID);
        ExportedDirectory directory = new ExportedDirectory(path, TokenizerHead.read(tokenizerFile, tokenizer));
        ObjectNode tokenizerConfig = directory.tokenizerConfig();
        ExportedModel model = ExportedModel.read(file);
        if (model.proto().getProducerName().equals(Graph.PRODUCER)) {
            // An import that has lost its provenance is still an import, and a damaged one. The names of its files tell
            // nothing: onnxruntime-genai gives its own the same.
            throw new ModelFileException(
                    path.resolve(ModelFiles.PROVENANCE) + " is missing; valid: all files that the GGUF import wrote");
        }
        int vocabulary = directory.vocabulary(model);
        return new Contents(
                model,
                (int) Math.min(directory.window(), model.positions().orElse(Long.MAX_VALUE)),
                vocabulary,
                directory.turnEnds(tokenizerConfig, vocabulary),
                tokenizerConfig,
                Sha256.hex(model.fingerprint(), Sha256.hex(tokenizer), tokenizerConfig.toString()));
    }

    private static ObjectNode read(Path file) {
        return ModelFiles.json(file, 64L << 20, VALID);
    }

    private Optional<ObjectNode> beside(String name) {
        return Optional.of(path.resolve(name)).filter(Files::exists).map(ExportedDirectory::read);
    }

    /** A number of the text model, which a model of several kinds of input has apart. */
    private JsonNode configured(String key) {
        JsonNode own = config.path(key);
        return own.isMissingNode() ? config.path("text_config").path(key) : own;
    }

    private int vocabulary(ExportedModel model) {
        long given =
                ExportedInputs.extent(ExportedGraph.logits(model, model.proto().getGraph()), 2);
        long vocabulary = given == 0 ? positive("vocab_size", configured("vocab_size")) : given;
        if (vocabulary < 1 || vocabulary > LARGEST_VOCABULARY) {
            throw new ModelFileException((given == 0 ? configFile : model.file()) + " has a vocabulary of " + vocabulary
                    + " tokens; valid: 1 to " + LARGEST_VOCABULARY);
        }
        return (int) vocabulary;
    }

    private int window() {
        for (String key : WINDOWS) {
            if (!configured(key).isMissingNode()) {
                return positive(key, configured(key));
            }
        }
        throw new ModelFileException(
                configFile + " does not say how many tokens the model sees at once; valid: one of " + WINDOWS);
    }

    private int positive(String key, JsonNode value) {
        if (!value.canConvertToInt() || value.asInt() < 1) {
            throw new ModelFileException(configFile + " has " + key + " " + value + "; valid: a positive integer");
        }
        return value.asInt();
    }

    /** From the first file that says so. */
    private Set<Integer> turnEnds(ObjectNode tokenizerConfig, int vocabulary) {
        Optional<ObjectNode> generation = beside(ModelFiles.GENERATION_CONFIG);
        Path generationFile = path.resolve(ModelFiles.GENERATION_CONFIG);
        Set<Integer> ends = new TreeSet<>();
        generation.ifPresent(json -> ModelFiles.addTurnEnds(generationFile, json.path("eos_token_id"), vocabulary, ends));
        if (ends.isEmpty()) {
            ModelFiles.addTurnEnds(configFile, configured("eos_token_id"), vocabulary, ends);
        }
        if (ends.isEmpty()) {
            tokenizer
                    .idOf(tokenizerConfig.path("eos_token").asText())
                    .ifPresent(id -> ModelFiles.addTurnEnds(path.resolve(ModelFiles.TOKENIZER), IntNode.valueOf(id), vocabulary, ends));
        }
        if (ends.isEmpty()) {
            throw new ModelFileException(generationFile + " has no eos_token_id, and neither have "
                    + ModelFiles.CONFIG + " and " + ModelFiles.TOKENIZER_CONFIG
                    + "; valid: the id of the token that ends"
                    + " a turn, or a list of such");
        }
        return Set.copyOf(ends);
    }

    /** What the tokenizer's files say, as an import writes it: the template is one text, and so is each special token. */
    private ObjectNode tokenizerConfig() {
        ObjectNode original = read(path.resolve(ModelFiles.TOKENIZER_CONFIG));
        ObjectNode specials = beside("special_tokens_map.json").orElseGet(original::objectNode);
        ObjectNode plain = original.objectNode();
        for (String special : SPECIALS) {
            JsonNode token = original.path(special).isMissingNode()
                            || original.path(special).isNull()
                    ? specials.path(special)
                    : original.path(special);
            String text = token.isObject() ? token.path("content").asText() : token.asText();
            if (!text.isEmpty() && !token.isNull()) {
                plain.put(special, text);
            }
        }
        beginning(original, plain.path("bos_token").asText())
                .ifPresent(beginning -> plain.put("bos_token", beginning).put("add_bos_token", true));
        template(original).ifPresent(template -> plain.put("chat_template", template));
        return plain;
    }

    /** What a bare text begins with: as the configuration says, and if it does not, as the tokenizer does. */
    private Optional<String> beginning(ObjectNode tokenizerConfig, String usual) {
        JsonNode flag = tokenizerConfig.path("add_bos_token");
        Optional<String> beginning = flag.isBoolean()
                ? Optional.of(usual).filter(token -> flag.asBoolean() && !token.isEmpty())
                : tokenizer.beginning();
        if (beginning.isPresent() && tokenizer.idOf(beginning.get()).isEmpty()) {
            throw new ModelFileException(path.resolve(ModelFiles.TOKENIZER_CONFIG) + " begins texts with "
                    + beginning.get() + ", which " + ModelFiles.TOKENIZER
                    + " does not have among its added_tokens; valid: one of them");
        }
        return beginning;
    }

    /** The file of its own goes first, as in Hugging Face's library. */
    private Optional<String> template(ObjectNode tokenizerConfig) {
        Path jinja = path.resolve("chat_template.jinja");
        if (Files.exists(jinja)) {
            return Optional.of(new String(ModelFiles.bytes(jinja, LARGEST_TEMPLATE, VALID), StandardCharsets.UTF_8));
        }
        Optional<ObjectNode> json = beside("chat_template.json");
        if (json.isPresent()) {
            return template("chat_template.json", json.get().path("chat_template"));
        }
        return template(ModelFiles.TOKENIZER_CONFIG, tokenizerConfig.path("chat_template"));
    }

    private Optional<String> template(String file, JsonNode value) {
        if (value.isMissingNode() || value.isNull()) {
            return Optional.empty();
        }
        if (value.isArray()) {
            for (JsonNode each : value) {
                if (each.path("name").asText().equals("default")
                        && each.path("template").isTextual()) {
                    return Optional.of(each.path("template").asText());
                }
            }
        }
        if (!value.isTextual()) {
            throw new ModelFileException(
                    path.resolve(file) + " has a chat_template that is no text; valid: a text, or a"
                            + " list of objects with name and template, of which one is named default");
        }
        return Optional.of(value.asText());
    }
}
