package io.github.tandem4j.onnx.grammar;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TokenAutomatonTest {
    private static final int DEPTH = 13;

    @Test
    void whatIsForgottenIsNotHeldByWhereEachTextBegins() {
        TokenTrie bytes = new TokenTrie(256, id -> new byte[] {(byte) id}, Set.of());
        TokenAutomaton automaton =
                new TokenAutomaton(OutputConstraint.jsonObject().grammar(), bytes, new long[4]);

        for (int text = 0; text < 1 << DEPTH; text++) { // each nested in another way
            State state = automaton.start();
            for (int level = -1; level < DEPTH; level++) {
                String piece = level >= 0 && (text >> (DEPTH - 1 - level) & 1) == 0 ? "[" : "{\"a\":";
                for (byte value : piece.getBytes(StandardCharsets.US_ASCII)) {
                    state = automaton.step(state, value);
                }
            }
            assertThat(state.isDead()).isFalse();
        }

        assertThat(reachable(automaton.start())).isLessThan(25_000);
    }

    private static int reachable(State start) {
        Set<State> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<State> open = new ArrayDeque<>(Set.of(start));
        while (!open.isEmpty()) {
            State state = open.pop();
            if (seen.add(state) && state.next != null) {
                for (State next : state.next) {
                    if (next != null) {
                        open.push(next);
                    }
                }
            }
        }
        return seen.size();
    }
}
