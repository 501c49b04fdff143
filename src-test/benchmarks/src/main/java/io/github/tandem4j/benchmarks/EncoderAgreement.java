package io.github.tandem4j.benchmarks;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.store.embedding.CosineSimilarity;
import io.github.tandem4j.onnx.encoder.Arithmetic;
import io.github.tandem4j.onnx.encoder.OnnxEmbeddingModel;
import io.github.tandem4j.onnx.encoder.SentenceEncoders;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * How near MiniLM's vectors in 8-bit arithmetic are to the exact ones, as cosines over the texts of a file, one a line.
 *
 * <pre>{@code
 * java -cp benchmarks.jar:tandem.jar io.github.tandem4j.benchmarks.EncoderAgreement lines.txt
 * }</pre>
 */
public final class EncoderAgreement {
    private EncoderAgreement() {}

    /** Measures and prints. */
    public static void main(String[] args) throws IOException {
        PrintStream out = System.out;
        List<String> lines = Files.readAllLines(Path.of(args[0]));
        List<Embedding> exact = vectors(Arithmetic.AS_IS, lines);
        List<Embedding> fast = vectors(Arithmetic.EIGHT_BIT, lines);
        double[] cosines = new double[lines.size()];
        Arrays.setAll(cosines, i -> CosineSimilarity.between(exact.get(i), fast.get(i)));
        Arrays.sort(cosines);
        out.printf(
                Locale.ROOT,
                "%d texts: mean cosine %.5f, 1 %% quantile %.5f, least %.5f%n",
                cosines.length,
                Arrays.stream(cosines).average().orElse(Double.NaN),
                cosines[cosines.length / 100],
                cosines[0]);
    }

    private static List<Embedding> vectors(Arithmetic arithmetic, List<String> lines) {
        try (OnnxEmbeddingModel model =
                SentenceEncoders.miniLm().arithmetic(arithmetic).open()) {
            return model.embedTexts(lines).content();
        }
    }
}
