package io.github.tandem4j.onnx.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tandem4j.CallCancelledException;
import io.github.tandem4j.RejectedRequestException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TokenAutomatonTest {
    private static final int DEPTH = 13;
    private static final int LETTERS = 26;

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
                    state = automaton.step(state, value, Walk.unwatched());
                }
            }
            assertThat(state.isDead()).isFalse();
        }

        assertThat(reachable(automaton.start())).isLessThan(25_000);
    }

    /** What is still to come of a sequence is not added up at each of its items: these would take a minute to go past. */
    @Test
    void aLongSequenceOfNothingIsGonePast() {
        TokenVocabulary bytes = TokenVocabulary.of(256, id -> new byte[] {(byte) id}, Set.of(), Set.of());
        OutputConstraint constraint = OutputConstraint.regex("a{0}".repeat(20_000) + "z");

        TokenConstraint text = bytes.begin(constraint, 1);

        assertThat(BitSet.valueOf(text.allowed()).stream()).containsExactly((int) 'z');
    }

    @Test
    void aCallThatIsOverEndsInTheMiddleOfAWalkAndTheNextOneFindsTheSame() {
        AtomicInteger looks = new AtomicInteger();
        Walk over = new Walk(() -> {
            if (looks.incrementAndGet() > 3) {
                throw new CallCancelledException("over", null);
            }
        });
        TokenAutomaton automaton = letters();

        assertThatThrownBy(() -> automaton.mask(automaton.start(), over)).isInstanceOf(CallCancelledException.class);
        assertThat(looks).hasValue(4);
        assertFindsAllLetters(automaton);
    }

    @Test
    void aQuestionThatTakesTooManyStepsIsRefusedAndTheNextOneIsNot() {
        TokenAutomaton automaton = letters();
        Walk brief = new Walk(() -> {}, 2_000);

        assertThatThrownBy(() -> automaton.mask(automaton.start(), brief))
                .isInstanceOf(RejectedRequestException.class)
                .hasMessageContainingAll("more than 2000 steps", "valid");
        assertFindsAllLetters(automaton);
    }

    @Test
    void aCallThatIsOverWaitsForNobodyElsesWalk() throws InterruptedException {
        TokenAutomaton automaton = letters();
        CountDownLatch walking = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        Walk slow = new Walk(() -> {
            walking.countDown();
            try {
                end.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        Thread other = new Thread(() -> automaton.mask(automaton.start(), slow));
        other.start();
        walking.await();
        Walk over = new Walk(() -> {
            throw new CallCancelledException("over", null);
        });

        assertThatThrownBy(() -> automaton.mask(automaton.start(), over)).isInstanceOf(CallCancelledException.class);
        end.countDown();
        other.join();
        assertFindsAllLetters(automaton);
    }

    /** Some thousand tokens of letters alone. */
    private static TokenAutomaton letters() {
        TokenTrie words = new TokenTrie(
                LETTERS * LETTERS * LETTERS + LETTERS,
                id -> id < LETTERS
                        ? new byte[] {(byte) ('a' + id)}
                        : new byte[] {
                            (byte) ('a' + (id - LETTERS) / LETTERS / LETTERS),
                            (byte) ('a' + (id - LETTERS) / LETTERS % LETTERS),
                            (byte) ('a' + (id - LETTERS) % LETTERS)
                        },
                Set.of());
        return new TokenAutomaton(
                OutputConstraint.regex("([a-z]{2}|[a-z]{3}|[a-z]{5})+").grammar(),
                words,
                new long[(words.vocabulary() + 63) / 64]);
    }

    private static void assertFindsAllLetters(TokenAutomaton automaton) {
        Mask mask = automaton.mask(automaton.start(), Walk.unwatched());
        assertThat(BitSet.valueOf(mask.bits).cardinality()).isEqualTo(LETTERS * LETTERS * LETTERS + LETTERS);
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
