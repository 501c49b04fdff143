package io.github.tandem4j.fusion;

import io.github.tandem4j.Reply;
import java.util.List;

/**
 * What the members of a fusion said.
 *
 * @param replies the answers, in the order of the members; one or more
 * @param missing how many members count as having said nothing; zero where missing answers are left out
 */
public record Answers(List<Reply> replies, int missing) {

    /** Copies the list. */
    public Answers {
        replies = List.copyOf(replies);
    }

    /** {@return how many voices there are, silent ones included} */
    public int voices() {
        return replies.size() + missing;
    }
}
