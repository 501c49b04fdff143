package io.github.tandem4j.router.cascades;

import static io.github.tandem4j.router.cascades.JsonFile.require;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An estimate of one endpoint's answers as it is written. Whatever is read is checked. */
record QualityFile(
        String kind,
        int version,
        String endpoint,
        int rows,
        long seed,
        String date,
        double meanScore,
        double brier,
        double brierOfMean,
        List<String> evidence,
        ConfidenceScale scale,
        LinearModel right,
        @Nullable LinearModel embedding,
        @Nullable StatesHead states) {

    private static final String KIND = "tandem answer quality";
    private static final int VERSION = 2;

    QualityFile {
        require(KIND.equals(kind), "kind is '" + kind + "'; valid is '" + KIND + "'");
        require(version == VERSION, "version is " + version + "; valid is " + VERSION);
        require(!endpoint.isBlank() && !date.isBlank() && rows > 0, "endpoint, date or rows are missing");
        evidence = List.copyOf(evidence);
        require(
                evidence.equals(AnswerEvidence.NAMES),
                "evidence is " + evidence + "; valid is " + AnswerEvidence.NAMES);
        require(
                Double.isFinite(meanScore) && Double.isFinite(brier) && Double.isFinite(brierOfMean),
                "a figure is no number");
        require(scale != null, "there is no scale");
        require(right.size() == evidence.size(), "there are " + right.size() + " weights; valid is " + evidence.size());
        require(
                embedding == null || (embedding.size() > 0 && embedding.size() % 2 == 0),
                "the embedding's weights are not of a question and an answer");
    }

    static QualityFile of(
            String endpoint,
            int rows,
            long seed,
            String date,
            double[] figures,
            ConfidenceScale scale,
            LinearModel right,
            @Nullable LinearModel embedding,
            @Nullable StatesHead states) {
        return new QualityFile(
                KIND,
                VERSION,
                endpoint,
                rows,
                seed,
                date,
                figures[0],
                figures[1],
                figures[2],
                AnswerEvidence.NAMES,
                scale,
                right,
                embedding,
                states);
    }

    int dimension() {
        return embedding == null ? 0 : embedding.size() / 2;
    }

    static QualityFile read(Path path) {
        return JsonFile.read(path, QualityFile.class, "answer quality");
    }

    void write(Path path) {
        JsonFile.write(path, this);
    }
}
