package io.github.tandem4j.routing;

import static io.github.tandem4j.routing.Turns.asking;
import static io.github.tandem4j.routing.Turns.looked;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;
import io.github.tandem4j.router.InMemorySessions;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** What holds of sticky routings whatever their routers say, and on however many threads. */
class StickyLawsTest {

    private static final List<ModelEndpoint> ALL =
            List.of(Turns.model("small"), Turns.model("medium"), Turns.model("large"));
    private static final int THREADS = 8;
    private static final int TURNS = 40;

    /** Each switch uses up a run of the same proposal that is long enough, and comes at the end of such a run. */
    @Property(tries = 300)
    void aSessionMovesOnlyAfterARunOfTheSameProposal(
            @ForAll("proposals") List<Integer> proposals, @ForAll @IntRange(min = 1, max = 4) int enough) {
        Iterator<Integer> next = proposals.iterator();
        Routing routing = Routing.among(ALL)
                .by((request, candidates) -> Choice.of(candidates.get(next.next()), "at random"))
                .sticky(Stickiness.within(InMemorySessions.ofDefaults()).switchAfter(enough))
                .build();
        List<String> answered = new ArrayList<>();
        for (int i = 0; i < proposals.size(); i++) {
            answered.add(routing.answer(asking("?", "s")).author());
        }
        assertThat(answered).isEqualTo(expected(proposals, enough));
        long switches = 0;
        for (int i = 1; i < answered.size(); i++) {
            switches += answered.get(i).equals(answered.get(i - 1)) ? 0 : 1;
        }
        assertThat(switches).isLessThanOrEqualTo(runsOf(enough, proposals));
    }

    @Provide
    Arbitrary<List<Integer>> proposals() {
        return Arbitraries.integers().between(0, 2).list().ofMinSize(1).ofMaxSize(30);
    }

    /** The rule once more, said of whole histories: stay, unless the last so many proposals were of one other. */
    private static List<String> expected(List<Integer> proposals, int enough) {
        List<String> expected = new ArrayList<>();
        int current = proposals.get(0);
        int since = 0;
        for (int i = 0; i < proposals.size(); i++) {
            List<Integer> run = proposals.subList(Math.max(since, i + 1 - enough), i + 1);
            int proposed = proposals.get(i);
            if (i > 0
                    && proposed != current
                    && run.size() == enough
                    && run.stream().allMatch(p -> p == proposed)) {
                current = proposed;
                since = i + 1;
            }
            expected.add(ALL.get(current).id());
        }
        return expected;
    }

    private static long runsOf(int enough, List<Integer> proposals) {
        long runs = 0;
        int length = 0;
        for (int i = 0; i < proposals.size(); i++) {
            length = i > 0 && proposals.get(i).equals(proposals.get(i - 1)) ? length + 1 : 1;
            runs += length == enough ? 1 : 0;
        }
        return runs;
    }

    /** However turns of one session cross, the results of each tool call go back to who made it, and every turn counts. */
    @Test
    void noTurnOfASessionIsLostAmongOthers() throws Exception {
        InMemorySessions sessions = InMemorySessions.ofDefaults();
        AtomicInteger proposals = new AtomicInteger();
        Routing routing = Routing.among(ALL)
                .by((request, candidates) -> Choice.of(candidates.get(proposals.getAndIncrement() % 3), "in turn"))
                .sticky(Stickiness.within(sessions).switchAfter(1))
                .build();
        CyclicBarrier step = new CyclicBarrier(THREADS);
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<CompletableFuture<Void>> all = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                String name = "look " + i;
                all.add(CompletableFuture.runAsync(() -> converse(routing, name, step), threads));
            }
            CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).get(2, TimeUnit.MINUTES);
        } finally {
            threads.shutdownNow();
        }
        Affinity known = sessions.find(new SessionKey(null, "s", "routing")).orElseThrow();
        assertThat(known.turns()).isEqualTo(THREADS * TURNS * 2);
        assertThat(ALL).extracting(ModelEndpoint::id).contains(known.endpoint());
    }

    /** In step, so that no more calls are without results at once than a session remembers callers of. */
    private static void converse(Routing routing, String name, CyclicBarrier step) {
        for (int i = 0; i < TURNS; i++) {
            try {
                step.await();
                String prompt = name + " at " + i;
                Reply called = routing.answer(asking(prompt, "s"));
                Reply answered = routing.answer(looked(prompt, "s"));
                assertThat(answered.author()).isEqualTo(called.author());
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
    }
}
