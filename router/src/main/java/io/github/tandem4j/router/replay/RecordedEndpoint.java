package io.github.tandem4j.router.replay;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import io.github.tandem4j.CallContext;
import io.github.tandem4j.Completion;
import io.github.tandem4j.Confidence;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.EndpointCost;
import io.github.tandem4j.Evidence;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.LeafEndpoint;
import io.github.tandem4j.ModelCapability;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.Price;
import io.github.tandem4j.RejectedRequestException;
import io.github.tandem4j.Request;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.TokenSink;
import io.github.tandem4j.Usd;
import io.github.tandem4j.cascade.ConfidenceMeasure;
import io.github.tandem4j.router.outcomes.RecordedOutcome;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A model that answers what it answered once: of a recorded query it gives the recorded text, tokens, cost and time, and
 * sleeps not. Strategies run over it as they do over the model itself.
 *
 * <pre>{@code
 * ModelEndpoint small = RecordedEndpoint.of("small", outcomes);
 * ModelEndpoint large = RecordedEndpoint.of("large", outcomes);
 * Cascade.startingWith(small).keepWhen(recordedConfidence().atLeast(0.8)).deferTo(large).build()
 *         .answer(query.request());
 * }</pre>
 *
 * <ul>
 *   <li>A request that was made by {@link RecordedQuery#request()} names its query; any other is looked up by its user's
 *       texts, word for word. A request that was reworded, or given another system message, asks something else.
 *   <li>What was not recorded is a gap: the request is refused, and no answer is invented.
 *   <li>An answer whose text was not recorded has a text that says so, which differs from model to model, so that no two
 *       of them seem to agree.
 *   <li>The cost is the recorded one, else recorded tokens at the {@linkplain #priced price}; tokens that were not recorded
 *       are estimated from the texts. An answer of which neither cost nor tokens nor text is known has no price, and
 *       counts as an {@linkplain io.github.tandem4j.Cost#unpricedCalls() unpriced call}.
 *   <li>The time is the recorded one; zero if none was recorded.
 *   <li>The recorded confidence is evidence under {@link #CONFIDENCE}. The score is not given: strategies are not to see it.
 * </ul>
 *
 * <p>Asked several times it says the same. Thread-safe.
 */
public final class RecordedEndpoint extends LeafEndpoint {

    /** How sure the model was of its answer, on the recorder's own scale. Only what was recorded has it. */
    public static final EvidenceKey<Double> CONFIDENCE = EvidenceKey.of("recorded confidence", Double.class);

    private static final EvidenceKey<RecordedOutcome> OUTCOME = EvidenceKey.of("outcome", RecordedOutcome.class);
    private static final String MEASURE = "recorded confidence";

    private final String model;
    private final Recordings recordings;

    private RecordedEndpoint(String id, String model, ModelProfile profile, Recordings recordings) {
        super(id, profile);
        this.model = model;
        this.recordings = recordings;
    }

    /**
     * A model of these data, under its name there. Its profile is that of a remote model of unknown price that can do
     * everything; see {@link #priced} and {@link #as}.
     *
     * @throws ConfigurationException if no query has an outcome of it
     */
    public static RecordedEndpoint of(String model, RecordedOutcomes outcomes) {
        return of(model, outcomes.models(), new Recordings(outcomes));
    }

    /** {@return all models of these data, in their order, at these prices, by model; one without a price has none} */
    public static List<RecordedEndpoint> all(RecordedOutcomes outcomes, Map<String, Price> prices) {
        Recordings recordings = new Recordings(outcomes);
        return outcomes.models().stream()
                .map(model -> {
                    RecordedEndpoint endpoint = of(model, outcomes.models(), recordings);
                    Price price = prices.get(model);
                    return price == null ? endpoint : endpoint.priced(price);
                })
                .toList();
    }

    private static RecordedEndpoint of(String model, List<String> models, Recordings recordings) {
        if (!models.contains(model)) {
            throw new ConfigurationException(
                    "no query has an outcome of " + model + "; the data has outcomes of " + models);
        }
        return new RecordedEndpoint(model, model, profile(null), recordings);
    }

    /** This model with a price, for answers whose cost was not recorded, and for those who decide by expected cost. */
    public RecordedEndpoint priced(Price price) {
        return new RecordedEndpoint(id(), model, profile(price), recordings);
    }

    /** This model under another id and profile, such as those of the endpoint of production that it stands for. */
    public RecordedEndpoint as(String id, ModelProfile profile) {
        return new RecordedEndpoint(id, model, profile, recordings);
    }

    private static ModelProfile profile(@Nullable Price price) {
        ModelProfile.Builder profile =
                ModelProfile.remote().provider("recorded").can(ModelCapability.values());
        return price == null ? profile.build() : profile.price(price).build();
    }

    /** {@return a measure that reads {@link #CONFIDENCE}: a raw score on the recorder's own scale} */
    public static ConfidenceMeasure recordedConfidence() {
        return (request, reply) -> reply.evidence()
                .get(CONFIDENCE)
                .map(value -> Confidence.rawScore(value, MEASURE))
                .orElseGet(() -> Confidence.unknown("no " + MEASURE));
    }

    /** {@return its name in the data} */
    public String model() {
        return model;
    }

    @Override
    protected Optional<TandemException> refusalByModel(Request request) {
        RecordedQuery query = query(request.chat(), request.evidence());
        if (query != null && query.outcome(model).isPresent()) {
            return Optional.empty();
        }
        return Optional.of(new RejectedRequestException(
                query == null
                        ? "request to " + id() + " is none of the recorded queries; valid is one of them, unaltered"
                        : "what became of query " + query.id() + " with " + model
                                + " was not recorded; valid is one of "
                                + query.outcomes().keySet()));
    }

    @Override
    protected Completion complete(ChatRequest chat, CallContext context, TokenSink tokens) {
        return complete(chat, Evidence.none(), context, tokens);
    }

    @Override
    protected Completion complete(ChatRequest chat, Evidence told, CallContext context, TokenSink tokens) {
        RecordedQuery query = query(chat, told);
        RecordedOutcome outcome = query == null ? null : query.outcome(model).orElse(null);
        if (query == null || outcome == null) {
            throw new IllegalStateException("a request that was not recorded is refused before it comes here");
        }
        ChatResponse.Builder response = ChatResponse.builder()
                .aiMessage(AiMessage.from(outcome.response().orElseGet(() -> unrecordedText(query))))
                .finishReason(FinishReason.STOP);
        if (outcome.inputTokens().isPresent() || outcome.outputTokens().isPresent()) {
            response.tokenUsage(new TokenUsage(
                    boxed(outcome.inputTokens().orElse(-1)),
                    boxed(outcome.outputTokens().orElse(-1))));
        }
        Evidence evidence = Evidence.of(OUTCOME, outcome);
        if (outcome.confidence().isPresent()) {
            evidence = evidence.with(CONFIDENCE, outcome.confidence().getAsDouble());
        }
        return new Completion(response.build(), evidence);
    }

    @Override
    protected EndpointCost costOf(Completion completion, EndpointCost measured) {
        RecordedOutcome outcome = completion.evidence().get(OUTCOME).orElseThrow();
        boolean hasOutput =
                outcome.outputTokens().isPresent() || outcome.response().isPresent();
        Usd cost = outcome.cost().orElse(measured.unpricedCalls() == 0 && hasOutput ? measured.usd() : null);
        return new EndpointCost(
                id(),
                1,
                cost == null ? 1 : 0,
                cost == null ? Usd.ZERO : cost,
                measured.inputTokens(),
                hasOutput ? measured.outputTokens() : 0,
                outcome.latency().orElse(Duration.ZERO));
    }

    private @Nullable RecordedQuery query(ChatRequest chat, Evidence told) {
        return told.get(RecordedQuery.KEY).orElseGet(() -> recordings.find(chat));
    }

    private String unrecordedText(RecordedQuery query) {
        return "[what " + model + " answered to " + query.id() + " was not recorded]";
    }

    private static @Nullable Integer boxed(int tokens) {
        return tokens < 0 ? null : tokens;
    }
}
