package io.github.tandem4j.examples.guide;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import io.github.tandem4j.CallContext;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.cascade.Confidences;
import io.github.tandem4j.onnx.ContinuationScore;
import io.github.tandem4j.onnx.Decoding;
import io.github.tandem4j.onnx.OnnxEndpoint;
import io.github.tandem4j.onnx.encoder.LabelProbability;
import io.github.tandem4j.onnx.encoder.OnnxEmbeddingModel;
import io.github.tandem4j.onnx.encoder.OnnxTextClassifier;
import io.github.tandem4j.onnx.encoder.Pooling;
import io.github.tandem4j.onnx.gguf.GgufImport;
import io.github.tandem4j.onnx.gguf.ImportReport;
import io.github.tandem4j.onnx.grammar.OutputConstraint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;

/** Local models that Tandem does not bring along. */
final class OwnModels {

    private OwnModels() {}

    static OnnxEndpoint fromGguf(Path gguf, Path directory) {
        // snippet: gguf
        if (!Files.exists(directory)) {
            ImportReport report = GgufImport.of(gguf).into(directory);
            System.out.println(report); // what each kind of tensor became, and the error that this caused
        }
        OnnxEndpoint qwen = OnnxEndpoint.builder(directory)
                .id("qwen2.5-0.5b")
                .threads(4)
                .window(4_096)
                .decoding(Decoding.greedy().maxTokens(512))
                .open();
        // end
        return qwen;
    }

    static ImportReport inFourBits(Path gguf, Path directory) {
        // snippet: four-bits
        ImportReport report = GgufImport.of(gguf)
                .weights(GgufImport.Weights.FOUR_BIT)
                .window(8_192)
                .into(directory);
        // end
        return report;
    }

    static OnnxEndpoint fromHuggingFace(Path directory) {
        // snippet: hugging-face
        OnnxEndpoint exported = OnnxEndpoint.builder(directory).variant("q4").open();
        // end
        return exported;
    }

    static ModelEndpoint inACascade(OnnxEndpoint qwen, ModelEndpoint large) {
        // snippet: cascade
        ModelEndpoint assistant = Cascade.startingWith(qwen)
                .keepWhen(Confidences.meanTokenProbability().atLeast(0.75))
                .deferTo(large)
                .build();
        // end
        return assistant;
    }

    static Reply asJson(OnnxEndpoint qwen, JsonSchema schema) {
        // snippet: json
        Reply reply = qwen.answer(Request.of(ChatRequest.builder()
                .messages(UserMessage.from("Name and age as JSON: Maria Santos, 34, lives in Lisbon."))
                .responseFormat(ResponseFormat.builder()
                        .type(ResponseFormatType.JSON)
                        .jsonSchema(schema)
                        .build())
                .build()));
        // end
        return reply;
    }

    static List<Decoding> constrained() {
        // snippet: constrained
        Decoding label =
                Decoding.greedy().constrainedTo(OutputConstraint.choice(List.of("billing", "technical", "other")));
        Decoding date = Decoding.greedy().constrainedTo(OutputConstraint.regex("[0-9]{4}-[0-9]{2}-[0-9]{2}"));
        // end
        return List.of(label, date);
    }

    static String likeliest(OnnxEndpoint qwen, List<ChatMessage> messages) {
        // snippet: score
        List<ContinuationScore> scores =
                qwen.score(messages, List.of("billing", "technical", "other"), CallContext.unlimited());
        String likeliest = scores.stream()
                .max(Comparator.comparingDouble(ContinuationScore::sum))
                .orElseThrow()
                .continuation();
        // end
        return likeliest;
    }

    static OnnxEndpoint underLoad(Path directory) {
        // snippet: load
        OnnxEndpoint shared = OnnxEndpoint.builder(directory)
                .concurrency(4, 100) // calls that run, and calls that wait: tenants take turns
                .batching(4, 256_000_000) // generations that are decoded together, and their bytes
                .keepPrefills(8, 256_000_000, Duration.ofMinutes(10)) // conversations whose next turn is fast
                .open();
        // end
        return shared;
    }

    static OnnxEmbeddingModel encoder(Path directory) {
        // snippet: encoder
        OnnxEmbeddingModel e5 = OnnxEmbeddingModel.builder(directory)
                .pooling(Pooling.MEAN)
                .normalized(true)
                .prefix("query: ")
                .maxTokens(512)
                .open();
        // end
        return e5;
    }

    static String mood(Path directory, String text) {
        // snippet: classifier
        try (OnnxTextClassifier sentiment = OnnxTextClassifier.open(directory)) {
            LabelProbability likeliest = sentiment.classify(text).get(0);
            return likeliest.label() + " " + likeliest.probability();
        }
        // end
    }
}
