package io.github.tandem4j.onnx.encoder;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * An encoder whose logits anybody can work out: each word has a fixed row of numbers, and a text's are the mean over its
 * tokens, special ones included (which have zeros).
 */
final class TinyEncoder {
    static final List<String> VOCABULARY = List.of(
            "[PAD]", "[UNK]", "[CLS]", "[SEP]", "good", "bad", "ada", "london", "lives", "in", "un", "##kind", "🙂");

    private final int labels;
    private final float[] table;
    private final GraphProto.Builder graph = GraphProto.newBuilder().setName("tiny");
    private boolean byToken;
    private boolean typed;

    /** @param labels how many numbers each word has */
    TinyEncoder(int labels) {
        this.labels = labels;
        this.table = new float[VOCABULARY.size() * labels];
    }

    TinyEncoder word(String word, float... numbers) {
        System.arraycopy(numbers, 0, table, VOCABULARY.indexOf(word) * labels, labels);
        return this;
    }

    /** Gives numbers for each token. */
    TinyEncoder byToken() {
        byToken = true;
        return this;
    }

    /** Counts only tokens of type 1: the second text of a pair. */
    TinyEncoder ofSecondText() {
        typed = true;
        return this;
    }

    ModelProto model() {
        input("input_ids");
        input("attention_mask");
        initializer("table", DataType.FLOAT, VOCABULARY.size(), labels).addAllFloatData(floats(table));
        node("Gather", List.of("table", "input_ids"), "rows");
        String rows = "rows";
        if (typed) {
            input("token_type_ids");
            rows = weighted(rows, "token_type_ids", "typed");
        }
        if (byToken) {
            node("Identity", List.of(rows), "logits");
        } else {
            rows = weighted(rows, "attention_mask", "masked");
            initializer("one", DataType.INT64, 1).addInt64Data(1);
            node("ReduceSum", List.of(rows, "one"), "sum").addAttribute(keep());
            node("Cast", List.of("attention_mask"), "mask").addAttribute(to());
            node("ReduceSum", List.of("mask", "one"), "count")
                    .addAttribute(AttributeProto.newBuilder()
                            .setName("keepdims")
                            .setType(AttributeProto.AttributeType.INT)
                            .setI(1));
            node("Div", List.of("sum", "count"), "logits");
        }
        graph.addOutput(value("logits", DataType.FLOAT, byToken ? 3 : 2, labels));
        return ModelProto.newBuilder()
                .setIrVersion(9)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(18))
                .setGraph(graph)
                .build();
    }

    private String weighted(String rows, String by, String name) {
        initializer(name + "_axis", DataType.INT64, 1).addInt64Data(2);
        node("Cast", List.of(by), name + "_weights").addAttribute(to());
        node("Unsqueeze", List.of(name + "_weights", name + "_axis"), name + "_column");
        node("Mul", List.of(rows, name + "_column"), name);
        return name;
    }

    /** Writes a model's directory. */
    Path write(Path directory, String config) throws IOException {
        Files.createDirectories(directory);
        Files.write(directory.resolve("model.onnx"), model().toByteArray());
        Files.writeString(directory.resolve("tokenizer.json"), tokenizer());
        Files.writeString(directory.resolve("config.json"), config);
        return directory;
    }

    static String tokenizer() {
        StringBuilder vocabulary = new StringBuilder();
        StringBuilder added = new StringBuilder();
        for (int id = 0; id < VOCABULARY.size(); id++) {
            String token = VOCABULARY.get(id);
            vocabulary.append(id == 0 ? "" : ",").append("\"" + token + "\":" + id);
            if (token.startsWith("[")) {
                added.append(id == 0 ? "" : ",")
                        .append("{\"id\":" + id + ",\"content\":\"" + token
                                + "\",\"single_word\":false,\"lstrip\":false,\"rstrip\":false,\"normalized\":false,"
                                + "\"special\":true}");
            }
        }
        return """
                {"version":"1.0",
                 "truncation":{"direction":"Right","max_length":4,"strategy":"LongestFirst","stride":0},
                 "padding":{"strategy":{"Fixed":4},"direction":"Right","pad_to_multiple_of":null,"pad_id":0,
                            "pad_type_id":0,"pad_token":"[PAD]"},
                 "added_tokens":[%s],
                 "normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,
                               "strip_accents":null,"lowercase":true},
                 "pre_tokenizer":{"type":"BertPreTokenizer"},
                 "post_processor":{"type":"BertProcessing","sep":["[SEP]",3],"cls":["[CLS]",2]},
                 "decoder":{"type":"WordPiece","prefix":"##","cleanup":true},
                 "model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##",
                          "max_input_chars_per_word":100,"vocab":{%s}}}
                """.formatted(added, vocabulary);
    }

    private void input(String name) {
        graph.addInput(value(name, DataType.INT64, 2, -1));
    }

    private TensorProto.Builder initializer(String name, DataType type, long... dims) {
        return graph.addInitializerBuilder()
                .setName(name)
                .setDataType(type.getNumber())
                .addAllDims(Arrays.stream(dims).boxed().toList());
    }

    private NodeProto.Builder node(String operator, List<String> inputs, String output) {
        return graph.addNodeBuilder().setOpType(operator).addAllInput(inputs).addOutput(output);
    }

    private static AttributeProto.Builder to() {
        return AttributeProto.newBuilder()
                .setName("to")
                .setType(AttributeProto.AttributeType.INT)
                .setI(DataType.FLOAT.getNumber());
    }

    private static AttributeProto.Builder keep() {
        return AttributeProto.newBuilder()
                .setName("keepdims")
                .setType(AttributeProto.AttributeType.INT)
                .setI(0);
    }

    private static List<Float> floats(float[] values) {
        Float[] boxed = new Float[values.length];
        Arrays.setAll(boxed, i -> values[i]);
        return List.of(boxed);
    }

    /** The last extent may be open, as those before it are. */
    private static ValueInfoProto value(String name, DataType type, int rank, long last) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (int i = 0; i < rank; i++) {
            if (i == rank - 1 && last > 0) {
                shape.addDimBuilder().setDimValue(last);
            } else {
                shape.addDimBuilder().setDimParam(i == 0 ? "batch" : "length");
            }
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(type.getNumber())
                                .setShape(shape)))
                .build();
    }
}
