package io.github.tandem4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import dev.langchain4j.model.output.FinishReason;
import io.github.tandem4j.CallContext;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.ReadingWish;
import io.github.tandem4j.RejectedRequestException;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.WindowExceededException;
import io.github.tandem4j.onnx.exported.ExportedFiles;
import io.github.tandem4j.onnx.gguf.GgufImport.Weights;
import io.github.tandem4j.onnx.gguf.TensorType;
import io.github.tandem4j.onnx.gguf.TinyLlama;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExportedDirectoryTest {
    private static final Decoding GREEDY = Decoding.greedy().maxTokens(24).pastTurnEnds();

    @TempDir
    Path place;

    private Path directory;

    @BeforeEach
    void write() throws IOException {
        directory = ExportedFiles.write(place.resolve("tiny"), "plain");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"plain", "last", "tied", "grouped", "merged", "q4", "grouped_fp16", "plain_fp16", "quantized"})
    void generatesScoresAndStreams(String graph) throws IOException {
        Path own = ExportedFiles.write(place.resolve(graph), graph);
        try (OnnxModel model = OnnxModel.open(own, 1)) {
            StringBuilder streamed = new StringBuilder();
            Generation generation = model.generate("once", GREEDY, CallContext.unlimited(), streamed::append);

            assertThat(generation.tokenIds()).hasSize(24);
            assertThat(streamed).hasToString(generation.text());
            assertThat(model.generate("once", GREEDY).tokenIds()).isEqualTo(generation.tokenIds());
            int[] prompt = model.tokenize("once");
            int[] all = IntStream.concat(IntStream.of(prompt), IntStream.of(generation.tokenIds()))
                    .toArray();
            String text = model.detokenize(all);
            TextScore score = model.score(text, 64, fraction -> {});
            if (Arrays.equals(model.tokenize(text), all)) {
                for (int i = 0; i < 24; i++) {
                    assertThat(-score.nll()[prompt.length - 1 + i])
                            .isCloseTo(generation.scores().logProbability(i), Offset.offset(0.2f));
                }
            }
            assertThat(model.generate("dice", GREEDY.temperature(1).seed(1)).tokenIds())
                    .isEqualTo(model.generate("dice", GREEDY.temperature(1).seed(1))
                            .tokenIds());
        }
    }

    @Test
    void theSameWeightsInAnotherLayoutSayTheSame() throws IOException {
        Set<List<Integer>> answers = new HashSet<>();
        for (String graph : ExportedFiles.FLOATS) {
            if (!graph.equals("tied")) { // which has another head
                try (OnnxModel model = OnnxModel.open(ExportedFiles.write(place.resolve("of-" + graph), graph), 1)) {
                    answers.add(IntStream.of(model.generate("the same", GREEDY).tokenIds())
                            .boxed()
                            .toList());
                }
            }
        }
        assertThat(answers).hasSize(1);
    }

    @Test
    void answersAsAnEndpointWithWhatItsTemplateSays() {
        try (OnnxEndpoint endpoint =
                OnnxEndpoint.builder(directory).threads(1).decoding(GREEDY).open()) {
            Request request = Request.of("Hello");
            int[] prompt = endpoint.promptOf(request.chat().messages());
            assertThat(prompt[0]).isEqualTo(TinyLlama.START);
            assertThat(endpoint.model().detokenize(prompt))
                    .isEqualTo("<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n");

            Reply reply = endpoint.answer(request);
            assertThat(reply.response().tokenUsage().outputTokenCount()).isEqualTo(24);
            assertThat(reply.response().finishReason()).isEqualTo(FinishReason.LENGTH);
            assertThat(reply.evidence().get(EvidenceKey.TOKEN_SCORES)).isPresent();
            assertThat(endpoint.profile().contextWindow()).hasValue(64);
        }
    }

    @Test
    void endsATurnAtAnyOfTheTokensThatTheDirectoryNames() throws IOException {
        int fifth;
        try (OnnxModel model = OnnxModel.open(directory, 1)) {
            fifth = model.generate("end", GREEDY).tokenIds()[4];
        }
        for (String ends : List.of(Integer.toString(fifth), "[7, " + fifth + "]")) {
            Files.writeString(directory.resolve("generation_config.json"), "{\"eos_token_id\":" + ends + "}");
            assertThatEndsBefore(fifth);
        }
        Files.delete(directory.resolve("generation_config.json"));
        Files.writeString(
                directory.resolve("config.json"),
                "{\"text_config\":{\"n_positions\":64,\"eos_token_id\":" + fifth + "}}");
        assertThatEndsBefore(fifth);
        Files.writeString(directory.resolve("config.json"), "{\"max_position_embeddings\":64}");
        try (OnnxModel model = OnnxModel.open(directory, 1)) { // the eos_token of tokenizer_config.json
            assertThat(model.window()).isEqualTo(64);
        }
    }

    private void assertThatEndsBefore(int end) {
        try (OnnxModel model = OnnxModel.open(directory, 1)) {
            Generation generation = model.generate("end", Decoding.greedy().maxTokens(24));
            assertThat(generation.finishReason()).isEqualTo(FinishReason.STOP);
            assertThat(generation.tokenIds()).doesNotContain(end).hasSizeLessThanOrEqualTo(4);
        }
    }

    @Test
    void theTemplateMayLieInAFileOfItsOwn() throws IOException {
        Files.writeString(
                directory.resolve("chat_template.json"), "{\"chat_template\":\"json {{ messages[0].content }}\"}");
        assertThat(promptOfHello()).isEqualTo("json Hello");
        Files.writeString(directory.resolve("chat_template.jinja"), "jinja {{ messages[0].content }}");
        assertThat(promptOfHello()).isEqualTo("jinja Hello");
        Files.writeString(directory.resolve("chat_template.jinja"), "{% for");
        assertThatThrownBy(this::promptOfHello)
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("chat");
    }

    private String promptOfHello() {
        try (OnnxEndpoint endpoint = OnnxEndpoint.open(directory)) {
            return endpoint.model()
                    .detokenize(endpoint.promptOf(Request.of("Hello").chat().messages()));
        }
    }

    @Test
    void aVariantIsChosenByItsNameAndOtherwiseTheOneOfLeastLoss() throws IOException {
        String whole = readerOf(null);
        ExportedFiles.add(directory, "q4", "model_q4.onnx");
        ExportedFiles.add(directory, "quantized", "model_quantized.onnx");
        ExportedFiles.add(directory, "grouped", "grouped.onnx");
        assertThat(readerOf(null)).isEqualTo(whole);
        assertThat(readerOf("fp32")).isEqualTo(whole);
        assertThat(Set.of(whole, readerOf("q4"), readerOf("q8"), readerOf("grouped")))
                .hasSize(4);
        assertThat(readerOf("quantized")).isEqualTo(readerOf("q8"));
        assertThatThrownBy(() -> readerOf("fp16"))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("fp16")
                .hasMessageContaining("fp32, q8, q4, grouped");
        assertThatThrownBy(() -> readerOf("../onnx/model")).isInstanceOf(ModelFileException.class);
        Files.delete(directory.resolve("onnx/model.onnx"));
        assertThat(readerOf(null)).isEqualTo(readerOf("q8"));
        Path imported = TinyLlama.of(TensorType.Q4_0).importInto(place, Weights.EXACT);
        assertThatThrownBy(() -> OnnxModel.open(imported, "q4", 1))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("no variant q4");
    }

    private String readerOf(@Nullable String variant) {
        OnnxEndpoint.Builder builder = OnnxEndpoint.builder(directory).threads(1);
        try (OnnxEndpoint endpoint = (variant == null ? builder : builder.variant(variant)).open()) {
            return endpoint.reader();
        }
    }

    @Test
    void theReaderIsOfContentsAndNotOfPlaces() throws IOException {
        String reader = readerOf(null);
        Path first = directory;
        directory = ExportedFiles.write(place.resolve("elsewhere"), "plain");
        assertThat(readerOf(null)).isEqualTo(reader);

        try (RandomAccessFile weights =
                new RandomAccessFile(directory.resolve("onnx/model.onnx_data").toFile(), "rw")) {
            weights.seek(1000); // of the embedding
            weights.write(weights.read() ^ 1);
            long middle = 262 * 32 * 4 / 2;
            weights.seek(middle);
            weights.write(7);
        }
        assertThat(readerOf(null)).isNotEqualTo(reader);
        directory = first;
        Files.writeString(directory.resolve("chat_template.jinja"), "another {{ messages[0].content }}");
        assertThat(readerOf(null)).isNotEqualTo(reader);
    }

    @Test
    void aGraphMayLieBesideTheConfiguration() throws IOException {
        Files.move(directory.resolve("onnx/model.onnx"), directory.resolve("model.onnx"));
        assertThatThrownBy(this::open).hasMessageContaining("model.onnx_data");
        Files.move(directory.resolve("onnx/model.onnx_data"), directory.resolve("model.onnx_data"));
        open();
    }

    /** So onnxruntime-genai and PyTorch name their files, and so does the import of GGUF files. */
    @Test
    void aGraphMayHaveItsWeightsUnderTheNameThatAnImportGivesThem() throws IOException {
        ModelProto.Builder model =
                ModelProto.parseFrom(Files.readAllBytes(directory.resolve("onnx/model.onnx"))).toBuilder();
        for (TensorProto.Builder tensor : model.getGraphBuilder().getInitializerBuilderList()) {
            tensor.getExternalDataBuilderList().stream()
                    .filter(entry -> entry.getKey().equals("location"))
                    .forEach(entry -> entry.setValue("model.onnx.data"));
        }
        Files.write(directory.resolve("model.onnx"), model.build().toByteArray());
        Files.move(directory.resolve("onnx/model.onnx_data"), directory.resolve("model.onnx.data"));
        ExportedFiles.delete(directory.resolve("onnx"));
        open();
    }

    /** As Hugging Face's cache has it: {@code snapshots/REVISION} is full of links to {@code blobs}. */
    @Test
    void aSnapshotOfLinksToBlobsOpens() throws IOException {
        Path blobs = Files.createDirectory(place.resolve("blobs"));
        Path snapshot = place.resolve("snapshots/main");
        Files.createDirectories(snapshot.resolve("onnx"));
        String reader = readerOf(null);
        int number = 0;
        for (String file : List.of(
                "config.json",
                "generation_config.json",
                "tokenizer.json",
                "tokenizer_config.json",
                "onnx/model.onnx",
                "onnx/model.onnx_data")) {
            Path blob = blobs.resolve("blob" + number++);
            Files.copy(directory.resolve(file), blob);
            Path link = snapshot.resolve(file);
            Path parent = Objects.requireNonNull(link.getParent());
            Files.createSymbolicLink(link, parent.relativize(blob));
        }
        directory = snapshot;
        assertThat(readerOf(null)).isEqualTo(reader);
        open();
    }

    @Test
    void weightsFromElsewhereAreRefused() throws IOException {
        Path outside = place.resolve("outside");
        Path weights = directory.resolve("onnx/model.onnx_data");
        Files.move(weights, outside);
        Files.createSymbolicLink(weights, outside);
        assertRefused("model.onnx_data", outside.toRealPath().toString(), "own directory");

        Files.delete(weights);
        Files.move(outside, weights);
        for (String location : List.of("/etc/passwd", "../model.onnx_data", "..", "")) {
            change(model -> external(model, "location", location));
            assertRefused("model.onnx", "own directory");
        }
        for (String offset : List.of("-4", "99999999999", "9223372036854775807", "many")) {
            change(model -> external(model, "offset", offset));
            assertRefused("model.onnx", "model.onnx_data");
        }
    }

    @Test
    void weightsMayLieInSeveralFiles() throws IOException {
        String reader = readerOf(null);
        Path first = directory.resolve("onnx/model.onnx_data");
        Files.copy(first, directory.resolve("onnx/model.onnx_data_1"));
        change(model -> {
            int count = model.getGraph().getInitializerCount();
            for (int i = 0; i < count / 2; i++) {
                model.getGraphBuilder().getInitializerBuilder(i).getExternalDataBuilderList().stream()
                        .filter(entry -> entry.getKey().equals("location"))
                        .forEach(entry -> entry.setValue("model.onnx_data_1"));
            }
        });
        int[] tokens;
        try (OnnxModel model = OnnxModel.open(directory, 1)) {
            tokens = model.generate("several", GREEDY).tokenIds();
        }
        assertThat(readerOf(null)).isNotEqualTo(reader);
        Files.delete(directory.resolve("onnx/model.onnx_data_1"));
        assertRefused("model.onnx_data_1");
        change(model -> {});
        try (OnnxModel model = OnnxModel.open(directory, 1)) {
            assertThat(model.generate("several", GREEDY).tokenIds()).isEqualTo(tokens);
        }
    }

    @Test
    void extentsThatNoMemoryHasAreRefused() throws IOException {
        change(model -> dimension(model.getGraphBuilder().getInputBuilder(3), 1, 1L << 40));
        assertRefused("past_key_values.0.key", "16384");
        change(model -> {
            for (int i = 0; i < model.getGraph().getInputCount(); i++) {
                if (model.getGraph().getInput(i).getName().startsWith("past")) {
                    dimension(model.getGraphBuilder().getInputBuilder(i), 1, 1 << 14);
                    dimension(model.getGraphBuilder().getInputBuilder(i), 3, 1 << 14);
                }
            }
        });
        assertRefused("model.onnx", "past_key_values.N.key", "bytes a token");
        change(model -> dimension(model.getGraphBuilder().getOutputBuilder(0), 2, 1L << 31));
        assertRefused("model.onnx", "vocabulary of 2147483648");
        change(model -> dimension(model.getGraphBuilder().getOutputBuilder(0), 2, -5));
        assertRefused("model.onnx", "vocabulary of -5");
        change(model -> dimension(model.getGraphBuilder().getOutputBuilder(0), 2, 300));
        assertRefused("model.onnx");
    }

    private static void dimension(ai.onnx.proto.OnnxMl.ValueInfoProto.Builder value, int index, long extent) {
        value.getTypeBuilder()
                .getTensorTypeBuilder()
                .getShapeBuilder()
                .getDimBuilder(index)
                .setDimValue(extent);
    }

    private static void external(ModelProto.Builder model, String key, String value) {
        for (TensorProto.Builder tensor : model.getGraphBuilder().getInitializerBuilderList()) {
            for (StringStringEntryProto.Builder entry : tensor.getExternalDataBuilderList()) {
                if (entry.getKey().equals(key)) {
                    entry.setValue(value);
                    return;
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "config.json",
                "tokenizer.json",
                "tokenizer_config.json",
                "onnx/model.onnx",
                "onnx/model.onnx_data"
            })
    void aMissingCutOrForeignFileIsNamed(String file) throws IOException {
        Path path = directory.resolve(file);
        String name = path.getFileName().toString();
        byte[] whole = Files.readAllBytes(path);
        Files.write(path, Arrays.copyOf(whole, whole.length / 2));
        assertRefused(name);
        if (!file.endsWith("_data")) {
            Files.writeString(path, "[1, 2]");
            assertRefused(name);
        }
        Files.write(path, new byte[0]);
        assertRefused(name);
        Files.delete(path);
        assertRefused(name);
        Files.createDirectory(path);
        assertRefused(name);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"vocab_size\":262}|config.json|max_position_embeddings",
                "{\"max_position_embeddings\":\"many\"}|config.json|max_position_embeddings",
                "{\"max_position_embeddings\":0}|config.json|max_position_embeddings",
                "{\"max_position_embeddings\":1e40}|config.json|max_position_embeddings",
            })
    void aConfigurationThatDoesNotFitIsNamed(String config, String file, String key) throws IOException {
        Files.writeString(directory.resolve("config.json"), config);
        assertRefused(file, key);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "262", "\"</s>\"", "[2, -1]", "[[2]]", "{}"})
    void tokensThatEndTurnsAreOfTheVocabulary(String ends) throws IOException {
        Files.writeString(directory.resolve("generation_config.json"), "{\"eos_token_id\":" + ends + "}");
        assertRefused("generation_config.json", "eos_token_id", "0 to 261");
    }

    @Test
    void aBareTextBeginsAsTheTokenizerBeginsIt() throws IOException {
        assertThat(promptTokensOf("hello")).isEqualTo(5);
        String processor = "{\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":{\"id\":\"<|im_start|>\","
                + "\"type_id\":0}},{\"Sequence\":{\"id\":\"A\",\"type_id\":0}}],\"pair\":[],\"special_tokens\":"
                + "{\"<|im_start|>\":{\"id\":\"<|im_start|>\",\"ids\":[1],\"tokens\":[\"<|im_start|>\"]}}}";
        Path file = directory.resolve("tokenizer.json");
        String tokenizer = Files.readString(file);
        Files.writeString(file, tokenizer.replace("\"post_processor\":null", "\"post_processor\":" + processor));
        assertThat(promptTokensOf("hello")).isEqualTo(6);
        Files.writeString(
                file,
                tokenizer.replace(
                        "\"post_processor\":null",
                        "\"post_processor\":{\"type\":\"Sequence\",\"processors\":[" + processor + "]}"));
        assertThat(promptTokensOf("hello")).isEqualTo(6);
        Files.writeString(directory.resolve("tokenizer_config.json"), "{\"add_bos_token\":false}");
        assertThat(promptTokensOf("hello")).isEqualTo(5);
        Files.writeString(file, tokenizer);
        Files.writeString(
                directory.resolve("tokenizer_config.json"),
                "{\"add_bos_token\":true,\"bos_token\":{\"content\":\"<|im_start|>\"}}");
        assertThat(promptTokensOf("hello")).isEqualTo(6);
        Files.writeString(directory.resolve("tokenizer_config.json"), "{\"add_bos_token\":true,\"bos_token\":\"<s>\"}");
        assertRefused("tokenizer_config.json", "<s>", "added_tokens");
    }

    private int promptTokensOf(String text) {
        try (OnnxModel model = OnnxModel.open(directory, 1)) {
            return model.generate(text, Decoding.greedy().maxTokens(1)).promptTokens();
        }
    }

    /** Gemma 3's tokenizer has one for images, also where the model reads texts alone. */
    @Test
    void anAddedTokenThatTheModelHasNoRowForIsText() throws IOException {
        Path file = directory.resolve("tokenizer.json");
        String image = "{\"id\":262,\"content\":\"<image>\",\"single_word\":false,\"lstrip\":false,\"rstrip\":false,"
                + "\"normalized\":false,\"special\":true}";
        Files.writeString(
                file, Files.readString(file).replace("\"added_tokens\":[", "\"added_tokens\":[" + image + ","));
        try (OnnxModel model = OnnxModel.open(directory, 1)) {
            assertThat(model.detokenize(model.tokenize("an <image>"))).isEqualTo("an <image>");
            assertThat(model.tokenize("<image>")).doesNotContain(262);
        }
    }

    @Test
    void theWindowEndsWhereTheGraphsTablesEnd() throws IOException {
        directory = ExportedFiles.write(place.resolve("tables"), "grouped");
        Files.writeString(directory.resolve("config.json"), "{\"max_position_embeddings\":131072}");
        try (OnnxModel model = OnnxModel.open(directory, 1)) {
            assertThat(model.window()).isEqualTo(64);
            Generation all = model.generate("to the end", Decoding.greedy().pastTurnEnds());
            assertThat(all.promptTokens() + all.tokenIds().length).isEqualTo(64);
        }
    }

    @Test
    void aModelWithoutAnyEndIsRefused() throws IOException {
        Files.delete(directory.resolve("generation_config.json"));
        Files.writeString(directory.resolve("config.json"), "{\"max_position_embeddings\":64}");
        Files.writeString(directory.resolve("tokenizer_config.json"), "{}");
        assertRefused("generation_config.json", "eos_token_id");
    }

    @Test
    void aTemplateThatIsNoTextIsRefused() throws IOException {
        for (String template : List.of("7", "[{\"name\":\"rag\",\"template\":\"x\"}]", "{}")) {
            Files.writeString(directory.resolve("tokenizer_config.json"), "{\"chat_template\":" + template + "}");
            assertRefused("tokenizer_config.json", "chat_template", "default");
        }
    }

    @Test
    void whatAGraphHasAndIsNotKnownIsRefusedByName() throws IOException {
        change(model -> input(model, "encoder_hidden_states", DataType.FLOAT));
        assertRefused("encoder_hidden_states of FLOAT", "past_key_values.N.key");
        change(model -> rename(model, "input_ids", "inputs_embeds"));
        assertRefused("inputs_embeds");
        change(model -> model.getGraphBuilder()
                .getInputBuilder(1)
                .getTypeBuilder()
                .getTensorTypeBuilder()
                .setElemType(DataType.STRING_VALUE));
        assertRefused("attention_mask of STRING");
        change(model -> rename(model, "logits", "scores"));
        assertRefused("no output logits", "scores");
        change(model -> rename(model, "present.1.value", "now.1.value"));
        assertRefused("past_key_values.1.value", "no output");
        change(model ->
                model.setOpsetImport(0, model.getOpsetImport(0).toBuilder().setVersion(9)));
        assertRefused("operator set 9", "13");
        change(model -> model.getGraphBuilder()
                .getInputBuilder(3)
                .getTypeBuilder()
                .getTensorTypeBuilder()
                .getShapeBuilder()
                .getDimBuilder(3)
                .setDimParam("size"));
        assertRefused("past_key_values.0.key of FLOAT", "head size");
        change(model -> {
            List<ai.onnx.proto.OnnxMl.ValueInfoProto> rest = model.getGraph().getInputList().stream()
                    .filter(input -> !input.getName().startsWith("past"))
                    .toList();
            model.getGraphBuilder().clearInput().addAllInput(rest);
        });
        assertRefused("no inputs past_key_values", "text-generation-with-past");
        change(model -> node(model, "Softmax").setOpType("NoSuchOperator"));
        assertRefused("NoSuchOperator");
        change(model -> node(model, "Transpose").clearAttribute());
        assertRefused("does not run as a decoder");
    }

    @Test
    void aVocabularyThatIsNotTheTokenizersIsRefused() throws IOException {
        String tokenizer = Files.readString(directory.resolve("tokenizer.json"));
        Files.writeString(directory.resolve("tokenizer.json"), tokenizer.replace("\"Ġthe\":261", "\"Ġthe\":2000000"));
        assertRefused("tokenizer.json", "2000000");
    }

    @Test
    void readsWhatItHasAndRefusesWhatItHasNot() throws IOException {
        try (OnnxEndpoint endpoint = OnnxEndpoint.builder(directory).threads(1).open()) {
            assertThat(endpoint.readingWish().states()).containsExactly("last.final");
            assertThat(endpoint.evidence(EvidenceKey.PROMPT_READING, Request.of("Hello")))
                    .hasValueSatisfying(
                            reading -> assertThat(reading.states().names()).containsExactly("last.final"));
            assertThatThrownBy(() -> endpoint.evidence(
                            EvidenceKey.PROMPT_READING,
                            Request.of("Hello")
                                    .evidence(
                                            EvidenceKey.PROMPT_READING_WISH,
                                            ReadingWish.none().last(1))))
                    .isInstanceOf(RejectedRequestException.class)
                    .hasMessageContaining("last.1")
                    .hasMessageContaining("valid: last.final");
        }
        directory = ExportedFiles.write(place.resolve("no-head"), "merged");
        try (OnnxEndpoint endpoint = OnnxEndpoint.builder(directory).threads(1).open()) {
            assertThat(endpoint.readingWish().states()).isEmpty();
            assertThat(endpoint.evidence(EvidenceKey.PROMPT_READING, Request.of("Hello")))
                    .isPresent();
        }
        assertThatThrownBy(() -> OnnxEndpoint.builder(directory)
                        .reading(ReadingWish.none().lastFinal())
                        .open())
                .isInstanceOf(RejectedRequestException.class)
                .hasMessageContaining("none");
    }

    @Test
    void oneSequenceIsComputedAtATime() throws IOException {
        try (OnnxModel exported = OnnxModel.open(directory, 1);
                OnnxModel imported = OnnxModel.open(TinyLlama.of(TensorType.F32).importInto(place, Weights.EXACT), 1)) {
            assertThat(exported.decoder().takesRows()).isFalse();
            assertThat(imported.decoder().takesRows()).isTrue();
        }
    }

    @Test
    void aPromptBeyondTheWindowIsRefused() {
        try (OnnxModel model = OnnxModel.open(directory, 1)) {
            assertThatThrownBy(() -> model.generate(TinyLlama.text(60, 3), GREEDY))
                    .isInstanceOf(WindowExceededException.class);
        }
    }

    @Test
    void callsAtTheSameTimeDoNotDisturbEachOther() {
        try (OnnxModel model = OnnxModel.open(directory, 1)) {
            List<String> prompts = IntStream.range(0, 6)
                    .mapToObj(i -> TinyLlama.text(5 + 4 * i, i))
                    .toList();
            List<int[]> alone = prompts.stream()
                    .map(prompt -> model.generate(prompt, GREEDY).tokenIds())
                    .toList();
            List<CompletableFuture<int[]>> together = prompts.stream()
                    .map(prompt -> CompletableFuture.supplyAsync(
                            () -> model.generate(prompt, GREEDY).tokenIds()))
                    .toList();
            for (int i = 0; i < prompts.size(); i++) {
                assertThat(together.get(i).join()).isEqualTo(alone.get(i));
            }
        }
    }

    /** What updates a directory replaces files, and what is open stays what it was. */
    @Test
    void filesThatAreReplacedWhileTheModelIsOpenAreHarmless() throws IOException {
        try (OnnxModel model = OnnxModel.open(directory, 1)) {
            int[] before = model.generate("stays", GREEDY).tokenIds();
            ExportedFiles.delete(directory);
            assertThat(model.generate("stays", GREEDY).tokenIds()).isEqualTo(before);
            ExportedFiles.write(directory, "q4");
            assertThat(model.generate("stays", GREEDY).tokenIds()).isEqualTo(before);
        }
    }

    /** To read behind the end of a mapped file ends the process, so that this test can only end well or not at all. */
    @ParameterizedTest
    @ValueSource(strings = {"plain", "q4"})
    void weightsThatAreCutWhileTheModelIsOpenAreRefused(String graph) throws IOException {
        Path own = ExportedFiles.write(place.resolve("cut"), graph);
        Path weights = own.resolve("onnx").resolve(graph.equals("q4") ? "model.onnx" : "model.onnx_data");
        assertRefusedOnceOverwritten(own, weights);
    }

    @Test
    void weightsOfAnImportThatAreCutWhileTheModelIsOpenAreRefused() throws IOException {
        Path imported = TinyLlama.of(TensorType.F32).importInto(place, Weights.EXACT);
        assertRefusedOnceOverwritten(imported, imported.resolve("model.onnx.data"));
    }

    private static void assertRefusedOnceOverwritten(Path directory, Path weights) throws IOException {
        byte[] whole = Files.readAllBytes(weights);
        try (OnnxModel model = OnnxModel.open(directory, 1)) {
            model.generate("open", GREEDY);
            Files.write(weights, new byte[0]);
            assertThatThrownBy(() -> model.generate("open", GREEDY))
                    .isInstanceOf(ModelFileException.class)
                    .hasMessageContaining(weights.getFileName().toString())
                    .hasMessageContaining("overwritten");
            Files.write(weights, whole);
            Files.setLastModifiedTime(weights, FileTime.fromMillis(1));
            assertThatThrownBy(() -> model.generate("open", GREEDY)).hasMessageContaining("overwritten");
        }
        try (OnnxModel again = OnnxModel.open(directory, 1)) {
            assertThat(again.generate("open", GREEDY).tokenIds()).hasSize(24);
        }
    }

    private void open() {
        OnnxModel.open(directory, 1).close();
    }

    private void assertRefused(String... parts) {
        assertThatThrownBy(this::open).isInstanceOf(ModelFileException.class).hasMessageContainingAll(parts);
    }

    private void change(Consumer<ModelProto.Builder> change) throws IOException {
        ModelProto.Builder model =
                ModelProto.parseFrom(Files.readAllBytes(ExportedFiles.GOLDEN.resolve("plain.onnx"))).toBuilder();
        change.accept(model);
        Files.write(directory.resolve("onnx/model.onnx"), model.build().toByteArray());
    }

    private static void input(ModelProto.Builder model, String name, DataType type) {
        var input = model.getGraphBuilder().addInputBuilder().setName(name);
        input.getTypeBuilder().getTensorTypeBuilder().setElemType(type.getNumber());
    }

    private static NodeProto.Builder node(ModelProto.Builder model, String operator) {
        return model.getGraphBuilder().getNodeBuilderList().stream()
                .filter(node -> node.getOpType().equals(operator))
                .findFirst()
                .orElseThrow();
    }

    private static void rename(ModelProto.Builder model, String name, String to) {
        var graph = model.getGraphBuilder();
        graph.getInputBuilderList().stream()
                .filter(v -> v.getName().equals(name))
                .forEach(v -> v.setName(to));
        graph.getOutputBuilderList().stream()
                .filter(v -> v.getName().equals(name))
                .forEach(v -> v.setName(to));
        for (NodeProto.Builder node : graph.getNodeBuilderList()) {
            for (int i = 0; i < node.getInputCount(); i++) {
                if (node.getInput(i).equals(name)) {
                    node.setInput(i, to);
                }
            }
            for (int i = 0; i < node.getOutputCount(); i++) {
                if (node.getOutput(i).equals(name)) {
                    node.setOutput(i, to);
                }
            }
        }
    }
}
