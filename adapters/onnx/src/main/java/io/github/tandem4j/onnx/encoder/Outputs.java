package io.github.tandem4j.onnx.encoder;

import io.github.tandem4j.ModelFileException;
import java.util.List;
import java.util.Set;

/** Which of a graph's outputs is the one: the first of a rank, those of a known name before others. */
final class Outputs {
    private Outputs() {}

    static EncoderSession.Output ofRank(
            EncoderFiles files, List<EncoderSession.Output> outputs, int rank, String... usualNames) {
        return outputs.stream()
                .filter(output -> output.rank() == rank && Set.of(usualNames).contains(output.name()))
                .findFirst()
                .or(() ->
                        outputs.stream().filter(output -> output.rank() == rank).findFirst())
                .orElseThrow(() -> new ModelFileException(files.modelName() + " has the outputs " + outputs
                        + "; valid: one of real numbers by row" + (rank == 3 ? " and token" : "")));
    }

    /** The vectors of tokens, or where there are none those of rows. */
    static EncoderSession.Output vectors(EncoderFiles files, List<EncoderSession.Output> outputs) {
        boolean byToken = outputs.stream().anyMatch(output -> output.rank() == 3);
        return ofRank(files, outputs, byToken ? 3 : 2, "last_hidden_state", "token_embeddings", "sentence_embedding");
    }
}
