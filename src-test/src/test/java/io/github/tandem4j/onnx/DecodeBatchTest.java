package io.github.tandem4j.onnx;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OrtException;
import io.github.tandem4j.CallCancelledException;
import io.github.tandem4j.CallContext;
import io.github.tandem4j.ReadingWish;
import io.github.tandem4j.TokenSink;
import io.github.tandem4j.onnx.gguf.GgufImport.Weights;
import io.github.tandem4j.onnx.gguf.TensorType;
import io.github.tandem4j.onnx.gguf.TinyLlama;
import io.github.tandem4j.onnx.grammar.TokenConstraint;
import io.github.tandem4j.onnx.graph.NextTokenOutputs;
import io.github.tandem4j.onnx.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What several sequences come to when they are decoded together, held to what each comes to alone. */
@Timeout(60)
class DecodeBatchTest {
    private static final long MUCH = 1L << 30;

    @TempDir
    private Path place;

    private final AtomicLong patience = new AtomicLong(TimeUnit.SECONDS.toNanos(20));
    private final ActiveCalls calls = new ActiveCalls("tiny", () -> {});
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private OnnxModel model;
    private Decoder decoder;
    private DecodeBatch batch;

    @BeforeEach
    void open() throws IOException {
        open(TensorType.F32);
    }

    private void open(TensorType type) throws IOException {
        Path own = Files.createDirectories(place.resolve(type.name()));
        model = OnnxModel.open(TinyLlama.of(type).importInto(own, Weights.EXACT), 1);
        decoder = model.decoder();
        batch = batch(4, MUCH);
    }

    private DecodeBatch batch(int rows, long bytes) {
        return new DecodeBatch("tiny", decoder, rows, bytes, lastRun -> patience.get());
    }

    @AfterEach
    void close() throws OrtException {
        threads.shutdown();
        batch.close();
        model.close();
    }

    /** A prompt that was fed, and what follows it as far as it was decoded. Used by one thread at a time. */
    private final class Sequence implements AutoCloseable {
        private final NativeCall call = calls.begin();
        private final KeyValueCache cache;
        private final List<Integer> tokens = new ArrayList<>();
        private final List<float[]> logits = new ArrayList<>();
        private final List<float[]> entering = new ArrayList<>();
        private final List<float[]> normed = new ArrayList<>();
        private final int end;
        private @Nullable DecodeLane lane;
        private int next;

        Sequence(int prompt, int steps) throws OrtException {
            this(prompt, steps, model.window());
        }

        Sequence(int prompt, int steps, int window) throws OrtException {
            end = prompt + steps + 1;
            cache = decoder.cache(window, prompt + 4);
            next = decoder.run(call, cache, ids(prompt), new int[] {prompt - 1}, new int[1], null)
                    .get(0)
                    .id();
        }

        /** From here on it is one of the batch. */
        Sequence join() {
            lane = batch.lane(call, cache, end);
            return this;
        }

        Sequence step(int count) throws OrtException {
            for (int i = 0; i < count; i++) {
                FloatBuffer scores = decoder.logits();
                Set<String> hidden = Set.of("hidden.1", NextTokenOutputs.HIDDEN_FINAL);
                tokens.add(next);
                Prediction prediction = lane == null
                        ? decoder.run(call, cache, new int[] {next}, new int[1], new int[1], scores, hidden, this::keep)
                                .get(0)
                        : lane.step(next, scores, hidden, this::keep);
                next = prediction.id();
                logits.add(array(scores));
                assertThat(prediction.topLogit()).isEqualTo(scores.get(next));
            }
            return this;
        }

        private void keep(String output, FloatBuffer rows) {
            (output.equals(NextTokenOutputs.HIDDEN_FINAL) ? normed : entering).add(array(rows));
        }

        Future<Sequence> stepping(int count) {
            return threads.submit(() -> {
                try {
                    return step(count);
                } catch (AssertionError e) {
                    requireNonNull(lane).close(); // or the others wait for it
                    throw e;
                }
            });
        }

        @Override
        public void close() {
            if (lane != null) {
                lane.close();
            }
            cache.close();
            call.close();
        }
    }

    private static float[] array(FloatBuffer rows) {
        float[] array = new float[rows.capacity()];
        rows.get(0, array);
        return array;
    }

    private int[] ids(int length) {
        return new Random(length).ints(length, 3, decoder.vocabulary()).toArray();
    }

    private Sequence alone(int prompt, int steps) throws OrtException {
        try (Sequence sequence = new Sequence(prompt, steps)) {
            return sequence.step(steps);
        }
    }

    private static void assertSame(Sequence actual, Sequence expected) {
        assertThat(actual.tokens).isEqualTo(expected.tokens);
        assertThat(distance(actual.logits, expected.logits)).isLessThan(1e-3f);
        assertThat(distance(actual.entering, expected.entering)).isLessThan(1e-3f);
        assertThat(distance(actual.normed, expected.normed)).isLessThan(1e-3f);
    }

    private static float distance(List<float[]> some, List<float[]> others) {
        assertThat(some).hasSameSizeAs(others);
        float most = 0;
        for (int i = 0; i < some.size(); i++) {
            assertThat(some.get(i)).hasSameSizeAs(others.get(i));
            for (int j = 0; j < some.get(i).length; j++) {
                most = Math.max(most, Math.abs(some.get(i)[j] - others.get(i)[j]));
            }
        }
        return most;
    }

    private static void closeAll(List<Sequence> all) {
        all.forEach(Sequence::close);
    }

    /** Each in a thread of its own; all lanes are there before the first step. */
    private List<Sequence> together(int steps, int... prompts) throws Exception {
        return together(false, steps, prompts);
    }

    private List<Sequence> together(boolean leaving, int steps, int... prompts) throws Exception {
        List<Sequence> all = new ArrayList<>();
        for (int prompt : prompts) {
            all.add(new Sequence(prompt, steps));
        }
        all.forEach(Sequence::join);
        List<Future<Sequence>> running = all.stream()
                .map(sequence -> threads.submit(() -> {
                    try {
                        return sequence.step(steps);
                    } finally {
                        if (leaving) {
                            requireNonNull(sequence.lane).close();
                        }
                    }
                }))
                .toList();
        for (Future<Sequence> each : running) {
            each.get();
        }
        return all;
    }

    @Test
    void sequencesOfAnyLengthsComeToWhatTheyComeToAlone() throws Exception {
        int[] prompts = {3, 40, 201, 530};
        List<Sequence> all = together(30, prompts);
        assertThat(batch.runs()).as("each run served all four").isEqualTo(30);
        for (int i = 0; i < prompts.length; i++) {
            assertSame(all.get(i), alone(prompts[i], 30));
        }
        closeAll(all);
        assertThat(batch.hasRows()).isFalse();
    }

    @Test
    void quantisedOnesChooseTheSameTokensToo() throws Exception {
        for (TensorType type : List.of(TensorType.Q8_0, TensorType.Q4_0, TensorType.Q4_1)) {
            batch.close();
            model.close();
            open(type);
            List<Sequence> all = together(20, 5, 60, 300);
            float most = 0;
            for (Sequence each : all) {
                Sequence alone = alone(each.end - 21, 20);
                assertThat(each.tokens).isEqualTo(alone.tokens);
                most = Math.max(most, distance(each.logits, alone.logits));
            }
            assertThat(most).as("%s", type).isLessThan(1e-3f);
            closeAll(all);
        }
    }

    @Test
    void whoeverComesLaterJoinsAndWhoeverGoesLeavesTheOthersAlone() throws Exception {
        Sequence first = new Sequence(20, 200).join();
        first.step(7); // by itself
        assertThat(batch.runs()).isZero();
        assertThat(batch.hasRows()).isFalse();

        Sequence second = new Sequence(90, 60).join();
        Future<Sequence> running = first.stepping(10);
        second.step(10);
        running.get();
        assertThat(batch.runs()).isEqualTo(10);

        Sequence third = new Sequence(300, 30).join();
        List<Future<Sequence>> both = List.of(first.stepping(30), second.stepping(30));
        third.step(30);
        for (Future<Sequence> each : both) {
            each.get();
        }
        third.close();
        running = first.stepping(20);
        second.step(20);
        running.get();
        second.close();
        assertThat(batch.hasRows()).isTrue();
        first.step(20);
        assertThat(batch.hasRows()).as("one alone runs on its own cache again").isFalse();
        first.step(113);

        assertSame(first, alone(20, 200));
        assertSame(second, alone(90, 60));
        assertSame(third, alone(300, 30));
        first.close();
    }

    @Test
    void rowsThatAreOutgrownAreMadeAnew() throws Exception {
        List<Sequence> all = together(400, 10, 30);
        assertThat(batch.runs()).isEqualTo(400);
        assertSame(all.get(0), alone(10, 400));
        assertSame(all.get(1), alone(30, 400));
        closeAll(all);
    }

    @Test
    void oneThatLetsOthersWaitMissesRunsButNoToken() throws Exception {
        Sequence quick = new Sequence(10, 60).join();
        Sequence other = new Sequence(20, 60).join();
        Sequence slow = new Sequence(30, 60).join();
        List<Future<Sequence>> three = List.of(quick.stepping(3), other.stepping(3));
        slow.step(3);
        for (Future<Sequence> each : three) {
            each.get();
        }
        patience.set(0);
        // Few enough to leave its row in peace, and then enough to have it taken away.
        for (int steps : List.of(4, 30)) {
            Future<Sequence> running = quick.stepping(steps);
            other.step(steps);
            running.get();
            slow.step(2);
        }
        assertSame(slow, alone(30, 7));
        assertSame(quick, alone(10, 37));
        assertSame(other, alone(20, 37));
        closeAll(List.of(quick, other, slow));
    }

    @Test
    void oneThatIsCancelledWhileItWaitsGoesAndTheOthersGoOn() throws Exception {
        List<Sequence> all =
                List.of(new Sequence(10, 40).join(), new Sequence(20, 40).join(), new Sequence(30, 40).join());
        List<Future<Sequence>> begun =
                all.stream().map(each -> each.stepping(5)).toList();
        for (Future<Sequence> each : begun) {
            each.get();
        }
        Future<Sequence> waiting = all.get(0).stepping(1); // for the others, who do not come yet
        all.get(0).call.terminate();
        assertThatThrownBy(waiting::get).hasCauseInstanceOf(OrtException.class);
        all.get(0).close();
        Future<Sequence> second = all.get(1).stepping(10);
        all.get(2).step(10);
        second.get();
        assertSame(all.get(1), alone(20, 15));
        assertSame(all.get(2), alone(30, 15));
        closeAll(all.subList(1, 3));
        assertThat(batch.hasRows()).isFalse();
    }

    @Test
    void anInterruptEndsTheWaiting() throws Exception {
        Sequence one = new Sequence(10, 40).join();
        Sequence other = new Sequence(20, 40).join();
        CompletableFuture<Throwable> failure = new CompletableFuture<>();
        CountDownLatch started = new CountDownLatch(1);
        Thread thread = new Thread(() -> {
            started.countDown();
            try {
                one.step(1);
                failure.complete(new AssertionError("it was run"));
            } catch (OrtException | RuntimeException e) {
                failure.complete(Thread.currentThread().isInterrupted() ? e : new AssertionError("flag is lost", e));
            }
        });
        thread.start();
        started.await();
        thread.interrupt();
        assertThat(failure.get()).isInstanceOf(CallCancelledException.class);
        closeAll(List.of(one, other));
    }

    @Test
    void aRunThatFailsFailsAllInItAndNothingAfterIt() throws Exception {
        Sequence one = new Sequence(10, 40).join();
        Sequence other = new Sequence(20, 40).join();
        Future<Sequence> begun = one.stepping(5);
        other.step(5);
        begun.get();
        int right = one.next;
        one.next = decoder.vocabulary() + 7; // which no embedding has
        Future<Sequence> failing = one.stepping(1);
        assertThatThrownBy(() -> other.step(1)).isInstanceOf(OrtException.class);
        assertThatThrownBy(failing::get).isInstanceOf(ExecutionException.class).hasCauseInstanceOf(OrtException.class);
        one.next = right;
        one.tokens.remove(5);
        other.tokens.remove(5);

        Future<Sequence> again = one.stepping(5);
        other.step(5);
        again.get();
        assertSame(one, alone(10, 10));
        assertSame(other, alone(20, 10));
        closeAll(List.of(one, other));
    }

    @Test
    void oneWhoseTokensCannotBeSavedFailsAndIsGivenNoOthers() throws Exception {
        Sequence lost = new Sequence(10, 40, 12).join(); // its own cache must not have what its row comes to
        Sequence other = new Sequence(20, 40).join();
        Future<Sequence> begun = lost.stepping(10);
        other.step(10);
        begun.get();

        Sequence third = new Sequence(30, 40).join(); // for whom the rows are made anew
        Future<Sequence> failing = lost.stepping(1);
        Future<Sequence> running = other.stepping(1);
        third.step(1);
        assertThatThrownBy(failing::get).isInstanceOf(ExecutionException.class).hasCauseInstanceOf(OrtException.class);
        running.get();
        lost.close();
        running = other.stepping(9);
        third.step(9);
        running.get();
        assertSame(other, alone(20, 20));
        assertSame(third, alone(30, 10));
        closeAll(List.of(other, third));
    }

    @Test
    void anAnswerIsGivenThoughItsTokensCannotBeSaved() throws Exception {
        Path tokenizerFile = place.resolve("F32/model-EXACT/tokenizer.json");
        CountDownLatch begun = new CountDownLatch(1);
        TokenConstraint anything = new TokenConstraint() {
            @Override
            public long[] allowed() {
                long[] all = new long[decoder.vocabulary() / 64 + 1];
                Arrays.fill(all, -1);
                return all;
            }

            @Override
            public void accept(int id) {
                begun.countDown();
            }

            @Override
            public boolean isComplete() {
                return true;
            }
        };
        ReadingPlan plan = model.prefills().planOfAnswer(ReadingWish.none());
        try (NativeCall call = calls.begin();
                Tokenizer tokenizer = Tokenizer.open(tokenizerFile, decoder.vocabulary());
                KeyValueCache small = decoder.cache(12, 12); // which must not have what its row comes to
                Sequence other = new Sequence(20, 40).join()) {
            Generator generator = new Generator(
                    "tiny",
                    decoder,
                    batch,
                    tokenizer,
                    Set.of(),
                    Decoding.greedy(),
                    call,
                    CallContext.unlimited(),
                    0,
                    false,
                    anything);
            Prefill prefill = generator.prefill(small, ids(10), decoder.pool(plan));
            Future<Generation> answer =
                    threads.submit(() -> generator.run(small, prefill, 0, 20, TokenSink.NONE, decoder.pool(plan)));
            begun.await();
            other.step(19);

            assertThat(Arrays.stream(answer.get().tokenIds()).boxed().toList()).isEqualTo(alone(10, 20).tokens);
            assertThat(small.length()).as("what it had before").isEqualTo(10);
        }
    }

    @Test
    void whatIsBroughtHomeIsAllThere() throws Exception {
        List<Sequence> all = together(20, 10, 50);
        Sequence one = all.get(0);
        DecodeLane lane = requireNonNull(one.lane);
        lane.home();
        assertThat(one.cache.length()).isEqualTo(30);
        lane.close();
        one.lane = null; // it goes on without the batch
        one.step(5);
        assertSame(one, alone(10, 25));
        closeAll(all);
    }

    @Test
    void whatDoesNotFitIsDecodedOnItsOwn() throws Exception {
        long token = decoder.memory().bytesPerToken();
        for (DecodeBatch small : List.of(batch(1, MUCH), batch(4, 0), batch(4, 2 * 100 * token))) {
            batch = small;
            List<Sequence> all = together(true, 12, 20, 30, 400);
            for (Sequence each : all) {
                assertSame(each, alone(each.end - 13, 12));
            }
            closeAll(all);
        }
        assertThat(batch.runs()).as("the two short ones fit").isPositive();
    }

    @Test
    void aRowOfItsOwnIsNotWorthItForAFewTokens() throws Exception {
        closeAll(together(true, 4, 10, 20));
        assertThat(batch.runs()).isZero();
    }

    @Test
    void manyThreadsDisturbEachOtherInNothing() throws Exception {
        patience.set(200_000);
        int[] prompts = {4, 33, 150, 12, 77, 260, 8, 19};
        List<Sequence> expected = new ArrayList<>();
        for (int prompt : prompts) {
            expected.add(alone(prompt, 40));
        }
        List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < prompts.length; i++) {
            int which = i;
            running.add(threads.submit(() -> {
                for (int round = 0; round < 6; round++) {
                    try (Sequence sequence = new Sequence(prompts[which], 40).join()) {
                        assertSame(sequence.step(40), expected.get(which));
                    }
                }
                return null;
            }));
        }
        for (Future<?> each : running) {
            each.get();
        }
        assertThat(batch.runs()).isPositive();
        assertThat(batch.hasRows()).isFalse();
    }
}
