package io.github.tandem4j.router.outcomes;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.Request;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One query and what became of it with each model that was asked. A model that is missing is a gap: nothing is known of
 * it, and nothing is taken for a zero.
 *
 * <pre>{@code
 * RecordedQuery.of("q-17", "In which year did Apollo 11 land?")
 *         .outcome("small", RecordedOutcome.scored(0))
 *         .outcome("large", RecordedOutcome.scored(1));
 * }</pre>
 *
 * <p>Immutable.
 */
public final class RecordedQuery {

    private static final Pattern WHITE_SPACE = Pattern.compile("\\s+", Pattern.UNICODE_CHARACTER_CLASS);

    /** Under this key a replayed request carries the query that it was made from. */
    public static final EvidenceKey<RecordedQuery> KEY = EvidenceKey.of("recorded query", RecordedQuery.class);

    private final String id;
    private final String benchmark;
    private final @Nullable String subject;
    private final List<String> turns;
    private final boolean isConversation;
    private final @Nullable String reference;
    private final boolean contaminated;
    private final Map<String, RecordedOutcome> outcomes;
    private final @Nullable ObjectNode unknown;

    RecordedQuery(Draft draft) {
        id = draft.id;
        benchmark = draft.benchmark;
        subject = draft.subject;
        turns = List.copyOf(draft.turns);
        isConversation = draft.isConversation;
        reference = draft.reference;
        contaminated = draft.contaminated;
        outcomes = Collections.unmodifiableMap(new LinkedHashMap<>(draft.outcomes));
        unknown = draft.unknown;
    }

    /** A query of one prompt. */
    public static RecordedQuery of(String id, String prompt) {
        Draft draft = new Draft();
        draft.id = requireText(id, "id");
        draft.turns = List.of(Objects.requireNonNull(prompt, "prompt"));
        return new RecordedQuery(draft);
    }

    /** A query of several turns of its user. */
    public static RecordedQuery ofTurns(String id, List<String> turns) {
        if (turns.isEmpty()) {
            throw new IllegalArgumentException("query " + id + " has no turns; valid is one or more");
        }
        Draft draft = new Draft();
        draft.id = requireText(id, "id");
        draft.turns = turns;
        draft.isConversation = true;
        return new RecordedQuery(draft);
    }

    private static String requireText(String text, String what) {
        if (text.isBlank()) {
            throw new IllegalArgumentException(what + " of a query is blank");
        }
        return text;
    }

    /** This query with one more model's outcome; one that is there under the same name is replaced. */
    public RecordedQuery outcome(String model, RecordedOutcome outcome) {
        Draft draft = new Draft(this);
        draft.outcomes.put(requireText(model, "model"), Objects.requireNonNull(outcome, "outcome"));
        return new RecordedQuery(draft);
    }

    /** This query with these models' outcomes beside its own; those under the same names are replaced. */
    public RecordedQuery outcomes(Map<String, RecordedOutcome> more) {
        Draft draft = new Draft(this);
        more.forEach((model, outcome) ->
                draft.outcomes.put(requireText(model, "model"), Objects.requireNonNull(outcome, "outcome")));
        return new RecordedQuery(draft);
    }

    /** This query as one of a benchmark. */
    public RecordedQuery benchmark(String name) {
        Draft draft = new Draft(this);
        draft.benchmark = requireText(name, "benchmark");
        return new RecordedQuery(draft);
    }

    /** This query as one of a subject, a group that may be held out as a whole. */
    public RecordedQuery subject(String name) {
        Draft draft = new Draft(this);
        draft.subject = requireText(name, "subject");
        return new RecordedQuery(draft);
    }

    /** This query with the answer that is right. */
    public RecordedQuery reference(String answer) {
        Draft draft = new Draft(this);
        draft.reference = Objects.requireNonNull(answer, "reference");
        return new RecordedQuery(draft);
    }

    /** This query marked as one that a published training set contains. */
    public RecordedQuery contaminated() {
        Draft draft = new Draft(this);
        draft.contaminated = true;
        return new RecordedQuery(draft);
    }

    /** {@return its name, unique within its data} */
    public String id() {
        return id;
    }

    /** {@return the benchmark or the application that it came from; empty text if that is not known} */
    public String benchmark() {
        return benchmark;
    }

    /** {@return the group that it belongs to} */
    public Optional<String> subject() {
        return Optional.ofNullable(subject);
    }

    /** {@return the user's text: the prompt, or all turns, one a line} */
    public String prompt() {
        return turns.size() == 1 ? turns.get(0) : String.join("\n", turns);
    }

    /** {@return the prompt by which two queries are the same: in lower case, each run of white space as one space} */
    public String wording() {
        return WHITE_SPACE.matcher(prompt().strip()).replaceAll(" ").toLowerCase(Locale.ROOT);
    }

    /** {@return what the user wrote, one or more texts} */
    public List<String> turns() {
        return turns;
    }

    /** {@return the right answer} */
    public Optional<String> reference() {
        return Optional.ofNullable(reference);
    }

    /** {@return whether a published training set contains this query} */
    public boolean isContaminated() {
        return contaminated;
    }

    /** {@return what became of it, by model, in the order of the file; never null inside} */
    public Map<String, RecordedOutcome> outcomes() {
        return outcomes;
    }

    /** {@return what became of it with this model; empty if that was not recorded} */
    public Optional<RecordedOutcome> outcome(String model) {
        return Optional.ofNullable(outcomes.get(model));
    }

    /** {@return the quality of this model's answer, 0..1; NaN if it was not recorded} */
    public double score(String model) {
        RecordedOutcome outcome = outcomes.get(model);
        return outcome == null ? Double.NaN : outcome.score();
    }

    /** {@return the request that asks this query again; it carries this query under {@link #KEY}} */
    public Request request() {
        List<ChatMessage> messages = new ArrayList<>(turns.size());
        for (String turn : turns) {
            messages.add(UserMessage.from(turn));
        }
        return Request.of(ChatRequest.builder().messages(messages).build()).evidence(KEY, this);
    }

    boolean isConversation() {
        return isConversation;
    }

    @Nullable
    ObjectNode unknown() {
        return unknown;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof RecordedQuery that
                && id.equals(that.id)
                && benchmark.equals(that.benchmark)
                && Objects.equals(subject, that.subject)
                && turns.equals(that.turns)
                && Objects.equals(reference, that.reference)
                && contaminated == that.contaminated
                && outcomes.equals(that.outcomes);
    }

    @Override
    public int hashCode() {
        return id.hashCode();
    }

    /** {@return the id and the models, without any text} */
    @Override
    public String toString() {
        return id + outcomes.keySet();
    }

    /** A query in the making. */
    static final class Draft {
        String id = "";
        String benchmark = "";

        @Nullable
        String subject;

        List<String> turns = List.of();
        boolean isConversation;

        @Nullable
        String reference;

        boolean contaminated;
        final Map<String, RecordedOutcome> outcomes = new LinkedHashMap<>();

        @Nullable
        ObjectNode unknown;

        Draft() {}

        Draft(RecordedQuery from) {
            id = from.id;
            benchmark = from.benchmark;
            subject = from.subject;
            turns = from.turns;
            isConversation = from.isConversation;
            reference = from.reference;
            contaminated = from.contaminated;
            outcomes.putAll(from.outcomes);
            unknown = from.unknown;
        }
    }
}
