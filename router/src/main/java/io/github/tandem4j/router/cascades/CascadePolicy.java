package io.github.tandem4j.router.cascades;

import io.github.tandem4j.Confidence;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.cascade.ConfidenceMeasure;
import io.github.tandem4j.cascade.EarlierAnswers;
import io.github.tandem4j.cascade.ReadingWishes;
import io.github.tandem4j.cascade.StagePolicy;
import io.github.tandem4j.cascade.Verdict;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * A policy for a whole cascade, learned from recorded outcomes: where to begin, and after each answer whether to stop, to go
 * on or to skip a stage.
 *
 * <pre>{@code
 * CascadePolicy policy = CascadePolicy.training(outcomes).stages("small", "medium", "large").maxLoss(0.01).fit();
 * policy.write(Path.of("cascade.json"));
 *
 * ModelEndpoint assistant = Cascade.of(small, medium, large).decidedBy(policy).build();
 * }</pre>
 *
 * <p>After each answer it estimates how likely that answer is right and how likely the last stage would be, from the
 * answer's confidence and length and from its agreement with the answers before: logistic regressions with a strong prior,
 * in which confidence and agreement can only speak for an answer. What each step is worth then follows from the last stage
 * backwards: the quality that is expected, less cost at a {@linkplain #price() price}. The step that is worth most is
 * taken.
 *
 * <p>It reads the confidence by the measure that was recorded, see {@link #readingConfidenceBy}; unless one is named, by the
 * {@linkplain Reply#confidence() reply's own}.
 *
 * <p>Immutable and thread-safe.
 *
 * @see <a href="https://arxiv.org/abs/2410.10347">Dekoninck et al., A unified approach to routing and cascading for LLMs</a>
 */
public final class CascadePolicy implements StagePolicy {

    private static final ConfidenceMeasure OWN = (request, reply) -> reply.confidence();

    private final PolicyFile file;
    private final Plan plan;
    private final StageEvidence evidence;
    private final List<ConfidenceMeasure> measures;

    CascadePolicy(PolicyFile file) {
        this(file, Collections.nCopies(file.stages().size(), OWN));
    }

    private CascadePolicy(PolicyFile file, List<ConfidenceMeasure> measures) {
        this.file = file;
        this.measures = List.copyOf(measures);
        plan = file.plan();
        evidence = file.evidence();
    }

    /** Starts to train a policy on these. */
    public static CascadeTraining training(RecordedOutcomes outcomes) {
        return new CascadeTraining(outcomes);
    }

    /**
     * Reads a policy that was {@linkplain #write written}.
     *
     * @throws ConfigurationException if the file cannot be read, is of another version, or is no policy
     */
    public static CascadePolicy read(Path path) {
        return new CascadePolicy(PolicyFile.read(path));
    }

    /**
     * Writes it as JSON, beside the file first, and moves it into place when it is whole.
     *
     * @throws ConfigurationException if it cannot be written
     */
    public void write(Path path) {
        file.write(path);
    }

    /** {@return this policy, which reads an answer's confidence by this measure: the one that was recorded for its training} */
    public CascadePolicy readingConfidenceBy(ConfidenceMeasure other) {
        return new CascadePolicy(file, Collections.nCopies(stages().size(), Objects.requireNonNull(other, "measure")));
    }

    /**
     * {@return this policy, which reads the confidence of one stage's answers by this measure} Such as an {@link
     * AnswerQuality} of that stage, which may read its hidden states: the policy is then trained on {@linkplain
     * AnswerQualityTraining#crossFit cross-fitted} estimates as the recorded confidence.
     *
     * @throws IllegalArgumentException if it is none of the stages that are judged: all but the last
     */
    public CascadePolicy readingConfidenceBy(String stage, ConfidenceMeasure other) {
        int place = stages().indexOf(stage);
        if (place < 0 || place == stages().size() - 1) {
            throw new IllegalArgumentException("the confidence of " + stage + " is to be measured; valid is one of "
                    + stages().subList(0, stages().size() - 1));
        }
        List<ConfidenceMeasure> changed = new ArrayList<>(measures);
        changed.set(place, Objects.requireNonNull(other, "measure"));
        return new CascadePolicy(file, changed);
    }

    @Override
    public ReadingWishes wishes(String stage) {
        return measures.get(place(stage)).wishes();
    }

    @Override
    public Verdict begin(Request request) {
        String first = stages().get(plan.start());
        return Verdict.deferTo(
                first, String.format(Locale.ROOT, "worth most at %.3g quality a call of %s", price(), last()));
    }

    @Override
    public Verdict judge(Request request, String stage, Reply reply) {
        int at = place(stage);
        AnswerReading[] answers = new AnswerReading[stages().size()];
        int visited = Visited.and(0, at);
        List<EarlierAnswers.Answer> before = EarlierAnswers.of(request).answers();
        for (int i = 0; i < before.size(); i++) {
            int place = stages().indexOf(before.get(i).stage());
            if (place >= 0 && place < at) {
                visited = Visited.and(visited, place);
                // As it was measured when it was the latest: against those before it.
                Request then = request.evidence(EarlierAnswers.KEY, new EarlierAnswers(before.subList(0, i)));
                answers[place] = reading(place, then, before.get(i).reply());
            }
        }
        answers[at] = reading(at, request, reply);
        double[] features = evidence.of(visited, answers);
        double[] values = plan.values(visited, features);
        int best = Plan.best(values);
        double right = values[at];
        Confidence confidence = Confidence.probability(right, "estimated likelihood of being right");
        String why = String.format(
                Locale.ROOT,
                "right with likelihood %.3f, %s with %.3f at %.3g for its cost",
                right,
                last(),
                plan.step(visited).last().probability(features),
                price());
        return best == at
                ? new Verdict(true, why, confidence)
                : new Verdict(
                        false,
                        String.format(
                                Locale.ROOT, "%s; asking %s is worth %.3f", why, stages().get(best), values[best]),
                        confidence,
                        stages().get(best));
    }

    private AnswerReading reading(int stage, Request request, Reply reply) {
        return AnswerReading.of(reply, measures.get(stage).measure(request, reply));
    }

    private int place(String stage) {
        int place = stages().indexOf(stage);
        if (place < 0 || place == stages().size() - 1) {
            throw new ConfigurationException("an answer of " + stage + " is to be judged; the policy was trained for "
                    + stages() + ", of which it judges all but the last");
        }
        return place;
    }

    @Override
    public void requireStages(String cascade, List<ModelEndpoint> stages) {
        List<String> ids = stages.stream().map(ModelEndpoint::id).toList();
        if (!ids.equals(stages())) {
            throw new IllegalArgumentException("cascade " + cascade + " has the stages " + ids
                    + ", and its policy was trained for " + stages() + "; valid are these, in this order");
        }
        for (int k = 0; k < stages.size() - 1; k++) {
            measures.get(k).requireStage(cascade, stages.get(k));
        }
    }

    /** {@return the stages that it was trained for, by their names in the data, which are the endpoints' ids} */
    public List<String> stages() {
        return file.stages();
    }

    /** {@return the stage that it begins with} */
    public String start() {
        return stages().get(plan.start());
    }

    /** {@return how much quality, 0..1, the cost of one call of the last stage must buy} */
    public double price() {
        return plan.price();
    }

    /** {@return how much may be lost against the last stage, as its training was told} */
    public double maxLoss() {
        return file.maxLoss();
    }

    /** {@return what it is expected to lose against the last stage, cross-fitted on the training data} */
    public double expectedLoss() {
        return file.expectedLoss();
    }

    /** {@return what it is expected to cost as a share of the last stage's cost, cross-fitted on the training data} */
    public double expectedCostShare() {
        return file.expectedCostShare();
    }

    /** {@return on how many queries it was trained} */
    public int trainedOn() {
        return file.trainedOn();
    }

    /** {@return how many queries were left out, since not every stage had answered them} */
    public int gaps() {
        return file.gaps();
    }

    /** {@return the {@linkplain RecordedOutcomes#fingerprint() fingerprint} of the queries that it was trained on} */
    public String fingerprint() {
        return file.fingerprint();
    }

    private String last() {
        return stages().get(stages().size() - 1);
    }

    /** {@return what it does and was made from, in words, one statement a line} */
    public String explain() {
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "Begins with %s of %s.%nTrained on %d queries that all stages answered (%d left out), seed %d, data %s.%n"
                        + "A call of %s must gain %.3g of quality; at most %.3g may be lost against it.%n"
                        + "Expected on other queries: loss %.4f (standard error %.4f) at %.2f of its cost.%n",
                start(),
                stages(),
                trainedOn(),
                gaps(),
                file.seed(),
                fingerprint().substring(0, 12),
                last(),
                price(),
                file.maxLoss(),
                expectedLoss(),
                file.expectedLossError(),
                expectedCostShare()));
        for (int k = 0; k < stages().size() - 1; k++) {
            LinearModel right = plan.step(Visited.and(0, k)).right();
            text.append(String.format(
                    Locale.ROOT,
                    "%s costs %.3f of it; asked first, its answer gains %.2f in log-odds by each standard deviation of"
                            + " confidence.%n",
                    stages().get(k),
                    plan.costs()[k],
                    right.weight(0)));
        }
        return text.toString();
    }

    @Override
    public String toString() {
        return "policy of " + stages();
    }
}
