package io.github.tandem4j.router.cascades;

import dev.langchain4j.model.embedding.EmbeddingModel;
import io.github.tandem4j.Confidence;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.PrivacyException;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.cascade.ConfidenceMeasure;
import io.github.tandem4j.cascade.ReadingWishes;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How likely one endpoint's answer is right, learned from judged answers: a measure of confidence that is a probability, for
 * a rule of one stage.
 *
 * <pre>{@code
 * AnswerQuality quality = AnswerQuality.training("small").on(judged).embeddings(miniLm).reading(21).fit();
 *
 * Cascade.startingWith(small).keepWhen(quality.atLeast(0.9)).deferTo(large).build();
 * }</pre>
 *
 * <p>It reads the answer's confidence; the least, low and middle log-probability of its tokens, their entropy and margin, as
 * far as the endpoint gives them; its agreement with the answer before; whether it refuses; the lengths of question and
 * answer; and, if an embedding model is named, what a ridge regression on the embeddings of question and answer says, fitted
 * so that it never judges a row that it saw. The same is done with the model's own hidden states at the end of the answer and
 * of the prompt, if it is told to {@linkplain AnswerQualityTraining#reading read} them: a cascade asks the stage for them, and
 * they come with the answer. States of another model, or under another prompt template, void the estimate: it is then
 * unknown, and says so; a stage that gives none leaves a gap. A logistic regression with a strong prior joins them, in which confidence,
 * certainty, agreement and those two estimates can only speak for an answer. What is not known counts as usual; so do the
 * embeddings of texts that the embedding model {@linkplain io.github.tandem4j.router.PromptEmbeddings may not be given}, and the
 * name of the measure then says so.
 *
 * <p>Immutable and thread-safe.
 */
public final class AnswerQuality implements ConfidenceMeasure {

    static final String MEASURE = "estimated likelihood of being right";

    private final QualityFile file;
    private final ConfidenceMeasure measure;
    private final @Nullable Joined embeddings;

    AnswerQuality(QualityFile file, ConfidenceMeasure measure, @Nullable Joined embeddings) {
        this.file = file;
        this.measure = measure;
        this.embeddings = embeddings;
    }

    /** Starts to train an estimate for this endpoint, by its id or its name in recorded outcomes. */
    public static AnswerQualityTraining training(String endpoint) {
        return new AnswerQualityTraining(endpoint);
    }

    /**
     * Reads an estimate that was written, of an endpoint's own confidence and without embeddings.
     *
     * @throws ConfigurationException if the file cannot be read, is of another version or kind, or needs embeddings
     */
    public static AnswerQuality read(Path path) {
        QualityFile file = QualityFile.read(path);
        if (file.embedding() != null) {
            throw new ConfigurationException(path + " reads embeddings of " + file.dimension()
                    + " dimensions; valid is read(path, model) with the model of its training");
        }
        return new AnswerQuality(file, (request, reply) -> reply.confidence(), null);
    }

    /**
     * Reads an estimate that was written, and gives it the embedding model of its training.
     *
     * @throws ConfigurationException if the file cannot be read, is of another version or kind, or reads no embeddings
     */
    public static AnswerQuality read(Path path, EmbeddingModel model) {
        QualityFile file = QualityFile.read(path);
        if (file.embedding() == null) {
            throw new ConfigurationException(path + " reads no embeddings; valid is read(path)");
        }
        return new AnswerQuality(file, (request, reply) -> reply.confidence(), new Joined(model, file.dimension()));
    }

    /**
     * Writes it as JSON, beside the file first, and moves it into place when it is whole.
     *
     * @throws ConfigurationException if it cannot be written
     */
    public void write(Path path) {
        file.write(path);
    }

    /** {@return this estimate, which reads an answer's own confidence by this measure: the one of its training} */
    public AnswerQuality readingConfidenceBy(ConfidenceMeasure other) {
        return new AnswerQuality(file, Objects.requireNonNull(other, "measure"), embeddings);
    }

    @Override
    public ReadingWishes wishes() {
        return file.states() == null ? ReadingWishes.NONE : file.states().wishes();
    }

    /** Refuses a stage that says that its hidden states are those of another model than it was trained on. */
    @Override
    public void requireStage(String cascade, ModelEndpoint stage) {
        StatesHead head = file.states();
        if (head == null) {
            return;
        }
        String reader = stage.evidence(EvidenceKey.READER, Request.of("?")).orElse(head.reader());
        if (!reader.equals(head.reader())) {
            throw new IllegalArgumentException("cascade " + cascade + " would judge answers of " + stage.id() + " by "
                    + this + ", which is void for them: " + otherReader(head, reader));
        }
    }

    private static String otherReader(StatesHead head, String reader) {
        return "it was trained on hidden states " + head.answer() + head.prompt() + " of reader "
                + abbreviated(head.reader()) + ", and these are of " + abbreviated(reader);
    }

    private static String abbreviated(String reader) {
        return reader.isEmpty() ? "one that is not named" : reader.length() > 12 ? reader.substring(0, 12) : reader;
    }

    @Override
    public Confidence measure(Request request, Reply reply) {
        double states = Double.NaN;
        StatesHead inside = file.states();
        StatesRead read = inside == null ? null : StatesRead.of(inside.wishes(), request, reply);
        if (inside != null && read != null) {
            if (!inside.knows(read)) {
                return Confidence.unknown(MEASURE + " is void: " + otherReader(inside, read.reader()));
            }
            states = inside.quality().at(read.numbers());
        }
        double embedding = Double.NaN;
        String measured = MEASURE;
        LinearModel head = file.embedding();
        if (embeddings != null && head != null) {
            try {
                embedding = head.at(embeddings.of(request, reply));
            } catch (PrivacyException e) {
                measured = MEASURE + ", without embeddings: " + e.getMessage();
            }
        }
        double[] features =
                AnswerEvidence.of(file.scale(), request, reply, measure.measure(request, reply), embedding, states);
        return Confidence.probability(file.right().probability(features), measured);
    }

    /** {@return whose answers it judges} */
    public String endpoint() {
        return file.endpoint();
    }

    /** {@return on how many answers it was trained} */
    public int trainedOn() {
        return file.rows();
    }

    /** {@return the mean squared error of its probabilities on answers that it was not fitted on, cross-fitted} */
    public double brier() {
        return file.brier();
    }

    /** {@return what it goes by, in words, one statement a line} */
    public String explain() {
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "Likelihood that %s is right; trained on %d answers, mean score %.3f, seed %d.%n"
                        + "Brier score on answers not fitted on %.4f (of the mean alone %.4f).%n",
                endpoint(),
                trainedOn(),
                file.meanScore(),
                file.seed(),
                brier(),
                file.brierOfMean()));
        for (int i = 0; i < AnswerEvidence.NAMES.size(); i++) {
            if (file.right().weight(i) != 0) {
                text.append(String.format(
                        Locale.ROOT,
                        "%+.2f log-odds by each standard deviation of %s%n",
                        file.right().weight(i),
                        AnswerEvidence.NAMES.get(i)));
            }
        }
        return text.toString();
    }

    @Override
    public String toString() {
        return "likelihood that " + endpoint() + " is right";
    }
}
