package io.github.tandem4j.onnx;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OrtException;
import io.github.tandem4j.onnx.gguf.GgufImport.Weights;
import io.github.tandem4j.onnx.gguf.TensorType;
import io.github.tandem4j.onnx.gguf.TinyLlama;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is kept, taken, copied and dropped, of caches in real native memory. */
class PrefillStoreTest {
    private static final int WINDOW = 1_024;

    @TempDir
    static Path place;

    private static OnnxModel model;

    private final Deque<Runnable> timers = new ArrayDeque<>();
    private long now;
    private CacheMemory memory;
    private PrefillStore store;

    @BeforeAll
    static void open() throws IOException {
        model = OnnxModel.open(TinyLlama.of(TensorType.F32).importInto(place, Weights.EXACT), 1);
    }

    @AfterAll
    static void close() {
        model.close();
        assertThat(model.cacheBytes()).isZero();
    }

    @BeforeEach
    void begin() {
        memory = model.decoder().memory();
        store = storeOf(4, 1 << 30);
    }

    private PrefillStore storeOf(int most, long bytes) {
        return new PrefillStore(most, bytes, 100, () -> now, (nanos, task) -> timers.add(task));
    }

    private static int[] tokens(int from, int count) {
        return IntStream.range(from, from + count).toArray();
    }

    private static int[] joined(int[] left, int[] right) {
        return IntStream.concat(IntStream.of(left), IntStream.of(right)).toArray();
    }

    private static KeyValueCache cache(int... tokens) throws OrtException {
        KeyValueCache cache = model.decoder().cache(WINDOW, tokens.length);
        cache.append(tokens);
        return cache;
    }

    private static @Nullable KeyValueCache taken(PrefillStore store, String tenant, int... prompt) throws OrtException {
        PrefillStore.Taken taken = store.take(tenant, prompt, 10, prefill -> false);
        return taken == null ? null : taken.cache();
    }

    private static int takenTokens(PrefillStore store, String tenant, int... prompt) throws OrtException {
        try (KeyValueCache cache = taken(store, tenant, prompt)) {
            return cache == null ? 0 : cache.length();
        }
    }

    @Test
    void theLongestBeginningIsTakenAndTheLastTokenIsLeftToFeed() throws OrtException {
        store.put("", cache(tokens(0, 30)), null);
        store.put("", cache(joined(tokens(0, 20), tokens(60, 30))), null);

        assertThat(takenTokens(store, "", tokens(0, 30))).isEqualTo(29);
        assertThat(store.size()).as("moved").isEqualTo(1);
        assertThat(takenTokens(store, "", joined(tokens(0, 20), tokens(60, 35))))
                .isEqualTo(50);
        assertThat(store.size()).isZero();
        store.close();
    }

    @Test
    void aBranchWorthKeepingStaysAndItsBeginningIsCopied() throws OrtException {
        KeyValueCache kept = cache(tokens(0, 60));
        store.put("", kept, null);

        try (KeyValueCache copy = requireNonNull(taken(store, "", joined(tokens(0, 30), tokens(100, 5))))) {
            assertThat(copy).isNotSameAs(kept);
            assertThat(copy.length()).isEqualTo(30);
            assertThat(kept.length()).isEqualTo(60);
        }
        assertThat(takenTokens(store, "", tokens(0, 70))).isEqualTo(60);
        store.close();
    }

    @Test
    void aCopyHasTheSameKeysAndValuesWhateverIsInReusedMemory() throws OrtException {
        int[] prompt = tokens(3, 70);
        Decoding some = Decoding.greedy().maxTokens(20).pastTurnEnds();
        int[] expected = model.generate(prompt, some).tokenIds();
        try (OnnxModel keeping = OnnxModel.open(
                "keeping",
                place.resolve("model-EXACT"),
                null,
                1,
                OptionalInt.empty(),
                storeOf(8, 1 << 30),
                Concurrency.usual(1))) {
            for (int i = 0; i < 4; i++) { // caches come and go, so that copies are made into what others have left
                keeping.generate(joined(prompt, tokens(100 + i, 40)), some);
                keeping.generate(joined(tokens(9, 10), tokens(90 + i, 120)), some);
                assertThat(keeping.generate(prompt, some).tokenIds()).isEqualTo(expected);
            }
        }
    }

    @Test
    void whatIsLongerReplacesWhatItBeginsWith() throws OrtException {
        store.put("", cache(tokens(0, 20)), null);
        store.put("other", cache(tokens(0, 20)), null);
        store.put("", cache(tokens(0, 40)), null);

        assertThat(store.size()).isEqualTo(2);
        store.close();
    }

    @Test
    void noMoreIsKeptThanTheBoundsSay() throws OrtException {
        int before = memory.live() - memory.idle();
        long each = 64 * memory.bytesPerToken();
        PrefillStore small = storeOf(10, 3 * each);
        for (int i = 0; i < 6; i++) {
            small.put("", cache(tokens(10 * i, 40)), null);
        }
        small.put("", cache(tokens(0, 250)), null);

        assertThat(small.size()).as("the large one has no room").isEqualTo(3);
        assertThat(takenTokens(small, "", tokens(50, 50))).as("the latest").isEqualTo(40);
        assertThat(takenTokens(small, "", tokens(0, 50))).as("the first").isZero();
        small.close();
        assertThat(memory.live() - memory.idle()).isEqualTo(before);
    }

    @Test
    void anotherTenantsLoadTakesNothingFromOneWhoHoldsLess() throws OrtException {
        store.put("quiet", cache(tokens(0, 40)), null);
        for (int i = 0; i < 9; i++) {
            store.put("loud", cache(tokens(100 * i, 40)), null);
        }

        assertThat(store.size()).isEqualTo(4);
        assertThat(takenTokens(store, "loud", tokens(0, 40))).isZero();
        assertThat(takenTokens(store, "quiet", tokens(0, 41))).isEqualTo(40);
        store.close();
    }

    @Test
    void whatIsOldIsFreedByTheTimerAlone() throws OrtException {
        int before = memory.live() - memory.idle();
        store.put("", cache(tokens(0, 40)), null);
        now = 60;
        store.put("", cache(tokens(100, 40)), null);
        assertThat(timers).as("one at a time").hasSize(1);

        now = 100;
        timers.remove().run();
        assertThat(memory.live() - memory.idle()).isEqualTo(before + 1);
        assertThat(timers).as("for the other one").hasSize(1);
        now = 160;
        timers.remove().run();
        assertThat(memory.live() - memory.idle()).isEqualTo(before);
        assertThat(timers).isEmpty();
    }

    @Test
    void whatGrowsOldWhileTheTimerLooksIsFreedTheNextTime() throws OrtException {
        PrefillStore ticking = new PrefillStore(4, 1 << 30, 100, () -> now += 2, (nanos, task) -> timers.add(task));
        ticking.put("", cache(tokens(0, 40)), null);

        now += 97;
        timers.remove().run();
        assertThat(timers).hasSize(1);
        ticking.close();
    }

    @Test
    void aCacheThatCouldNotGrowIsFreed() throws OrtException {
        int before = memory.live();
        KeyValueCache cache = cache(tokens(0, 40));
        assertThatThrownBy(() -> memory.grow(cache.allocation(), -1)).isInstanceOf(OrtException.class);
        store.put("", cache, null);

        assertThat(store.size()).isZero();
        assertThat(memory.live()).isLessThanOrEqualTo(before);
    }

    @Test
    void whatIsTooOldIsNotTaken() throws OrtException {
        store.put("", cache(tokens(0, 40)), null);
        now = 100;

        assertThat(takenTokens(store, "", tokens(0, 41))).isZero();
    }

    @Test
    void whatIsPutIntoAClosedStoreIsFreed() throws OrtException {
        int before = memory.live() - memory.idle();
        store.close();
        store.put("", cache(tokens(0, 40)), null);

        assertThat(store.size()).isZero();
        assertThat(memory.live() - memory.idle()).isEqualTo(before);
    }

    @Test
    void manyThreadsTakeAndPutWithoutLosingMemory() {
        int before = memory.live() - memory.idle();
        PrefillStore shared = storeOf(3, 1 << 30);
        List<CompletableFuture<Void>> threads = new ArrayList<>();
        for (int thread = 0; thread < 4; thread++) {
            int of = thread;
            threads.add(CompletableFuture.runAsync(() -> {
                for (int i = 0; i < 200; i++) {
                    int[] prompt = joined(tokens(0, 40), tokens(100 + (i * 7 + of) % 5, 20 + i % 30));
                    try {
                        KeyValueCache cache = taken(shared, "", prompt);
                        if (cache == null) {
                            cache = cache(prompt);
                        } else {
                            assertThat(cache.commonWith(prompt)).isEqualTo(cache.length());
                            int[] rest = Arrays.copyOfRange(prompt, cache.length(), prompt.length);
                            cache.reserve(prompt.length);
                            cache.append(rest);
                        }
                        shared.put("", cache, null);
                    } catch (OrtException e) {
                        throw new AssertionError(e);
                    }
                }
            }));
        }
        threads.forEach(CompletableFuture::join);

        assertThat(memory.live() - memory.idle()).isEqualTo(before + shared.size());
        shared.close();
        assertThat(memory.live() - memory.idle()).isEqualTo(before);
    }

    @Test
    void idleMemoryIsUsedAgainWithinBoundsAndFreedByTheTimer() throws OrtException {
        int live = memory.live() - memory.idle();
        Deque<Runnable> due = new ArrayDeque<>();
        long each = memory.bytesPerToken() * 64;
        CachePool pool = new CachePool(2 * each, 100, () -> now, (nanos, task) -> due.add(task));
        CacheMemory.Allocation first = memory.allocate(64);
        CacheMemory.Allocation second = memory.allocate(64);
        CacheMemory.Allocation third = memory.allocate(64);
        pool.give(first);
        pool.give(second);
        pool.give(third);

        assertThat(pool.size()).as("the first is more than is kept").isEqualTo(2);
        assertThat(pool.take(128)).isNull();
        assertThat(pool.take(64)).isSameAs(third);
        now = 150;
        due.remove().run();
        assertThat(pool.size()).isZero();
        pool.close();
        pool.give(third);
        assertThat(pool.size()).isZero();
        assertThat(memory.live() - memory.idle()).isEqualTo(live);
    }

    @Test
    void capacitiesComeInFewSizes() {
        assertThat(IntStream.of(1, 64, 65, 300, 1_000, 1_025, 2_000)
                        .map(tokens -> CacheMemory.capacityFor(tokens, 2_048))
                        .toArray())
                .containsExactly(64, 64, 128, 320, 1_024, 1_280, 2_048);
        assertThat(CacheMemory.capacityFor(1_100, 1_150)).isEqualTo(1_150);
    }
}
