package io.github.tandem4j.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.langchain4j.data.embedding.Embedding;
import io.github.tandem4j.RejectedRequestException;
import io.github.tandem4j.onnx.encoder.OnnxEmbeddingModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Turns each line of a file into a vector. */
@Command(
        name = "embed",
        description = "Turns each line of a file into a vector of length 1; a blank line too, so that they match.",
        mixinStandardHelpOptions = true)
final class Embed implements Callable<Integer> {

    /** Lines between two steps of the progress bar. */
    private static final int STEP = 256;

    private final Surroundings surroundings;

    @Mixin
    private SentenceEncoder encoder = new SentenceEncoder();

    @Option(names = "--file", required = true, paramLabel = "LINES", description = "A file of lines in UTF-8.")
    private Path file = Path.of("");

    @Option(
            names = "--prefix",
            defaultValue = "",
            paramLabel = "TEXT",
            description = "Put before each line, such as 'query: ', if the model wants it.")
    private String prefix = "";

    @Option(names = "--json", description = "Print one JSON object and nothing else on standard output.")
    private boolean json;

    Embed(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException {
        List<String> lines = TextFile.read(file).lines().toList();
        if (lines.isEmpty()) {
            throw new RejectedRequestException(file + " is empty; valid is a file of one line or more");
        }
        List<Embedding> vectors = new ArrayList<>(lines.size());
        try (OnnxEmbeddingModel open = encoder.open();
                Progress embedding = new Progress("Embedding", surroundings)) {
            OnnxEmbeddingModel model = open.prefixed(prefix);
            long start = System.nanoTime();
            for (int from = 0; from < lines.size(); from += STEP) {
                List<String> step = lines.subList(from, Math.min(lines.size(), from + STEP));
                vectors.addAll(model.embedTexts(step).content());
                embedding.to((double) vectors.size() / lines.size());
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            if (json) {
                print(open, vectors);
            } else {
                surroundings
                        .out()
                        .printf(
                                Locale.ROOT,
                                "%d lines, %d dimensions each, in %.1f s%n",
                                vectors.size(),
                                open.dimension(),
                                seconds);
            }
        }
        return ExitCode.OK.number();
    }

    /** Number by number: a tree of a large file's would not fit. */
    private void print(OnnxEmbeddingModel model, List<Embedding> vectors) throws IOException {
        try (JsonGenerator out =
                new JsonMapper().createGenerator(surroundings.out()).disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)) {
            out.writeStartObject();
            out.writeStringField("model", model.modelName());
            out.writeNumberField("dimension", model.dimension());
            out.writeArrayFieldStart("vectors");
            for (Embedding vector : vectors) {
                out.writeStartArray();
                for (float value : vector.vector()) {
                    out.writeNumber(value);
                }
                out.writeEndArray();
            }
            out.writeEndArray();
            out.writeEndObject();
        }
        surroundings.out().println();
        surroundings.out().flush();
    }
}
