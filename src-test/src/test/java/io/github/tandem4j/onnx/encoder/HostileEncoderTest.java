package io.github.tandem4j.onnx.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tandem4j.ModelFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Directories that somebody else has made. */
class HostileEncoderTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String CONFIG =
            "{\"max_position_embeddings\":16,\"id2label\":{\"0\":\"negative\",\"1\":\"positive\"}}";

    @TempDir
    private Path directory;

    @BeforeEach
    void writeASoundModel() throws IOException {
        new TinyEncoder(2).word("good", 0, 6).write(directory, CONFIG);
    }

    private ThrowingCallable opening() {
        return () -> OnnxTextClassifier.open(directory).close();
    }

    private void assertRefused(String... parts) {
        assertThatThrownBy(opening()).isInstanceOf(ModelFileException.class).hasMessageContainingAll(parts);
    }

    @Test
    void theSoundModelOpens() throws Throwable {
        opening().call();
        Files.createDirectory(directory.resolve("onnx"));
        Files.move(directory.resolve("model.onnx"), directory.resolve("onnx/model.onnx"));
        opening().call();
    }

    @ParameterizedTest
    @ValueSource(strings = {"model.onnx", "tokenizer.json", "config.json"})
    void aMissingCutOrForeignFileIsNamed(String file) throws IOException {
        Path path = directory.resolve(file);
        byte[] whole = Files.readAllBytes(path);
        Files.write(path, Arrays.copyOf(whole, whole.length / 2));
        assertRefused(path.toString());
        Files.writeString(path, "[1, 2]");
        assertRefused(path.toString());
        Files.write(path, new byte[0]);
        assertRefused(path.toString());
        Files.delete(path);
        assertRefused(path.toString());
        Files.createDirectory(path);
        assertRefused(path.toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"id2label\":{}}",
                "{\"id2label\":{\"0\":\"a\",\"2\":\"b\"}}",
                "{\"id2label\":{\"0\":\"a\",\"1\":7}}",
                "{\"id2label\":{\"0\":\"a\",\"1\":\"b\",\"2\":\"c\"}}",
                "{\"id2label\":{\"0\":\"a\",\"1\":\"b\"},\"problem_type\":\"regression\"}",
                "{\"id2label\":{\"0\":\"a\",\"1\":\"b\"},\"max_position_embeddings\":-1}",
                "{\"id2label\":{\"0\":\"a\",\"1\":\"b\"},\"max_position_embeddings\":\"many\"}",
            })
    void aConfigThatDoesNotFitIsNamed(String config) throws IOException {
        Files.writeString(directory.resolve("config.json"), config);
        assertRefused("config.json");
    }

    @Test
    void aTokenizerOfALargerVocabularyIsRefused() throws IOException {
        String tokenizer = TinyEncoder.tokenizer().replace("\"bad\":5", "\"bad\":5000");
        Files.writeString(directory.resolve("tokenizer.json"), tokenizer);
        assertRefused("model.onnx", "tokenizer.json", "5000");
    }

    /** With most of these the native library ends the process. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "normalizer|{'type':'Precompiled','precompiled_charsmap':'AAAAAAAA'}|precompiled_charsmap",
                "normalizer|{'type':'Sequence','normalizers':[{'type':'Precompiled','precompiled_charsmap':'AAA='}]}"
                        + "|precompiled_charsmap",
                "normalizer|{'type':'Prepend','prepend':''}|prepends nothing",
                "pre_tokenizer|{'type':'FixedLength','length':0}|FixedLength",
                "pre_tokenizer|{'type':'Split','pattern':{'Regex':'(e+)+$'},'behavior':'Isolated','invert':false}"
                        + "|repeats a group",
                "post_processor|{'type':'TemplateProcessing','single':[{'SpecialToken':{'id':'x','type_id':0}}],"
                        + "'pair':[],'special_tokens':{}}|special_tokens",
                "model|{'type':'BPE','continuing_subword_prefix':'##','vocab':{'g':0,'o':1,'go':2},'merges':['g o']}"
                        + "|continuing_subword_prefix"
            })
    void aTokenizerThatEndsTheProcessIsRefused(String part, String value, String named) throws IOException {
        ObjectNode json = (ObjectNode) JSON.readTree(TinyEncoder.tokenizer());
        json.set(part, JSON.readTree(value.replace('\'', '"')));
        Files.writeString(directory.resolve("tokenizer.json"), json.toString());
        assertRefused("tokenizer.json", named);
    }

    @Test
    void aGraphThatIsNoEncoderIsRefused() throws IOException {
        write(model -> model.getGraphBuilder().getInputBuilder(0).setName("pixels"));
        assertRefused("model.onnx");
        write(model -> model.getGraphBuilder().clearOutput());
        assertRefused("model.onnx");
        write(model -> model.getGraphBuilder().getNodeBuilder(0).setOpType("NoSuchOperator"));
        assertRefused("model.onnx", "NoSuchOperator");
        assertThatThrownBy(
                        () -> OnnxTokenClassifier.open(new TinyEncoder(2).write(directory.resolve("by-text"), CONFIG)))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("by row and token");
    }

    /** The product of these extents is 0 in 64 bits, and each of them something else in 32. */
    @Test
    void extentsWhoseProductOverflowsAreNoMatrix() {
        GraphProto graph = GraphProto.newBuilder()
                .addInitializer(TensorProto.newBuilder()
                        .setName("weights")
                        .setDataType(TensorProto.DataType.FLOAT.getNumber())
                        .addDims((1L << 32) + (1 << 30))
                        .addDims(1L << 34))
                .addNode(NodeProto.newBuilder()
                        .setOpType("MatMul")
                        .addInput("x")
                        .addInput("weights")
                        .addOutput("y"))
                .build();
        assertThat(Product.of(graph)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/etc/passwd", "../secret", "..", "a/b"})
    void weightsFromElsewhereAreRefusedWhereverTheyAreNamed(String location) throws IOException {
        TensorProto outside = TensorProto.newBuilder()
                .setName("outside")
                .setDataType(TensorProto.DataType.FLOAT.getNumber())
                .addDims(1)
                .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                .addExternalData(
                        StringStringEntryProto.newBuilder().setKey("location").setValue(location))
                .build();
        write(model -> model.getGraphBuilder().addInitializer(outside));
        assertRefused("model.onnx", location);
        write(model -> model.getGraphBuilder()
                .addNodeBuilder()
                .setOpType("Constant")
                .addOutput("constant")
                .addAttribute(AttributeProto.newBuilder()
                        .setName("value")
                        .setType(AttributeProto.AttributeType.TENSOR)
                        .setT(outside)));
        assertRefused("model.onnx", location);
        write(model -> model.getGraphBuilder()
                .addNodeBuilder()
                .setOpType("If")
                .addOutput("branch")
                .addAttribute(AttributeProto.newBuilder()
                        .setName("then_branch")
                        .setType(AttributeProto.AttributeType.GRAPH)
                        .setG(ai.onnx.proto.OnnxMl.GraphProto.newBuilder().addInitializer(outside))));
        assertRefused("model.onnx", location);
    }

    @Test
    void aDirectoryThatIsNoneIsNamed() {
        assertThatThrownBy(() ->
                        OnnxEmbeddingModel.builder(directory.resolve("none")).open())
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("none does not exist");
        assertThatThrownBy(() -> OnnxScoringModel.open(directory.resolve("model.onnx")))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("is no directory");
    }

    @Test
    void poolingAndRowsAreReadFromTheDirectory() throws IOException {
        Path words = new TinyEncoder(2).word("good", 0, 3).byToken().write(directory.resolve("words"), "{}");
        try (OnnxEmbeddingModel mean =
                OnnxEmbeddingModel.builder(words).normalized(false).open()) {
            assertThat(mean.embed("good").content().vector()).containsExactly(0, 1);
        }
        Files.createDirectory(words.resolve("1_Pooling"));
        Files.writeString(words.resolve("1_Pooling/config.json"), "{\"pooling_mode_cls_token\":true}");
        try (OnnxEmbeddingModel first =
                OnnxEmbeddingModel.builder(words).normalized(false).open()) {
            assertThat(first.embed("good").content().vector()).containsExactly(0, 0);
            assertThat(first.modelName()).isEqualTo("words");
        }
        Files.writeString(words.resolve("sentence_bert_config.json"), "{");
        assertThatThrownBy(() -> OnnxEmbeddingModel.builder(words).open())
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("sentence_bert_config.json");
    }

    private interface Change {
        void to(ModelProto.Builder model);
    }

    private void write(Change change) throws IOException {
        ModelProto.Builder model = new TinyEncoder(2).model().toBuilder();
        change.to(model);
        Files.write(directory.resolve("model.onnx"), model.build().toByteArray());
    }
}
