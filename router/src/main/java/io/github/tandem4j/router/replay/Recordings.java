package io.github.tandem4j.router.replay;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.tandem4j.RejectedRequestException;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Finds recorded queries by their words. The index is only made when a request comes that does not name its query. */
final class Recordings {

    private final RecordedOutcomes outcomes;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<List<String>, RecordedQuery> ambiguous = new HashMap<>();
    private volatile @Nullable Map<List<String>, RecordedQuery> byTurns;

    Recordings(RecordedOutcomes outcomes) {
        this.outcomes = outcomes;
    }

    /** {@return the query of these words; null if there is none} */
    @Nullable
    RecordedQuery find(ChatRequest chat) {
        List<String> turns = new ArrayList<>(chat.messages().size());
        for (ChatMessage message : chat.messages()) {
            if (!(message instanceof UserMessage user) || !user.hasSingleText()) {
                return null;
            }
            turns.add(user.singleText());
        }
        RecordedQuery query = index().get(turns);
        if (query == null) {
            return null;
        }
        RecordedQuery other = ambiguous.get(turns);
        if (other != null) {
            throw new RejectedRequestException(
                    "queries " + query.id() + " and " + other.id()
                            + " have the same words and different outcomes; valid is a request made by RecordedQuery.request()");
        }
        return query;
    }

    private Map<List<String>, RecordedQuery> index() {
        Map<List<String>, RecordedQuery> known = byTurns;
        if (known != null) {
            return known;
        }
        lock.lock();
        try {
            known = byTurns;
            if (known == null) {
                known = new HashMap<>();
                for (RecordedQuery query : outcomes) {
                    RecordedQuery first = known.putIfAbsent(query.turns(), query);
                    if (first != null && !first.outcomes().equals(query.outcomes())) {
                        ambiguous.putIfAbsent(query.turns(), query);
                    }
                }
                byTurns = known;
            }
            return known;
        } finally {
            lock.unlock();
        }
    }
}
