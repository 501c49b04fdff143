package io.github.tandem4j.fusion;

import io.github.tandem4j.Ballot;
import io.github.tandem4j.Reply;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Counts which answers agree. Of two answers with as many votes, the one that was first given earlier leads. Belongs to
 * one count; not thread-safe.
 */
final class Tally {

    private final Function<Reply, String> reading;
    private final Map<Ballot, List<Reply>> votes = new LinkedHashMap<>();
    private final List<Reply> cut = new ArrayList<>();
    private final List<Reply> blank = new ArrayList<>();
    private List<Reply> leading = List.of();
    private @Nullable Ballot leader;

    Tally(Function<Reply, String> reading) {
        this.reading = reading;
    }

    void add(Reply reply) {
        Ballot ballot = Ballot.of(reply, reading).orElse(null);
        if (ballot == null) {
            (reply.isTruncated() ? cut : blank).add(reply);
            return;
        }
        votes.computeIfAbsent(ballot, key -> new ArrayList<>()).add(reply);
        leading = List.of();
        votes.forEach((key, agreeing) -> {
            if (agreeing.size() > leading.size()) {
                leading = agreeing;
                leader = key;
            }
        });
    }

    /** {@return the first reply of those that lead; if none has a vote, the first that was cut, or else the first of all} */
    Reply leader() {
        List<Reply> voteless = cut.isEmpty() ? blank : cut;
        List<Reply> from = leading.isEmpty() ? voteless : leading;
        if (from.isEmpty()) {
            throw new NoSuchElementException("no answer was counted; valid is one or more");
        }
        return from.get(0);
    }

    /** {@return how many votes the leader has; 0 if no answer has one} */
    int agreeing() {
        return leading.size();
    }

    /** {@return how many answers have no vote, and why, such as {@code , 2 cut, 1 blank}; empty if all have one} */
    String voteless() {
        return (cut.isEmpty() ? "" : ", " + cut.size() + " cut")
                + (blank.isEmpty() ? "" : ", " + blank.size() + " blank");
    }

    /** {@return whether the leader stays the leader, given so many more votes, whoever gets the open ones} */
    boolean isSettled(int more, int open) {
        int lead = leading.size() + more;
        boolean beforeLeader = true;
        for (Map.Entry<Ballot, List<Reply>> other : votes.entrySet()) {
            int reachable = other.getValue().size() + open;
            if (other.getKey().equals(leader)) {
                beforeLeader = false;
            } else if (reachable > lead || (beforeLeader && reachable == lead)) {
                return false;
            }
        }
        return open <= lead; // an answer that nobody gave yet comes later, and needs more
    }
}
