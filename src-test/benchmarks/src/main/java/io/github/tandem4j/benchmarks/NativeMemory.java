package io.github.tandem4j.benchmarks;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.tandem4j.Cancellation;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.onnx.Decoding;
import io.github.tandem4j.onnx.OnnxEndpoint;
import io.github.tandem4j.smollm2.SmolLm2;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;

/**
 * What a process with SmolLM2 in it takes of memory, by {@code /proc}, which is Linux's.
 *
 * <pre>{@code
 * java -Xms64m -Xmx64m -cp benchmarks.jar:tandem.jar io.github.tandem4j.benchmarks.NativeMemory conversation 2048 2
 * java -Xms64m -Xmx64m -cp benchmarks.jar:tandem.jar io.github.tandem4j.benchmarks.NativeMemory cancelled 1000 2 7
 * }</pre>
 *
 * <p>{@code conversation} takes a window and threads, and fills the window turn by turn. {@code cancelled} takes
 * generations, threads, a seed and perhaps another model's directory: each generation is let run or stopped at a random
 * moment by its cancellation, its deadline, a listener that throws, or, every fiftieth, by closing the model, which is
 * then opened again. In a heap of one size, what grows is not the heap.
 */
public final class NativeMemory {

    private static final String PROSE = "The harbour wakes before the town does. Long before the first tram, men in"
            + " yellow coats walk along the quay, count the crates and talk about the weather, which has been wrong all"
            + " week. A boat that came in at four lies low in the water; its lamps are still burning. ";

    private static final int DEADLINE = 0;
    private static final int CANCELLATION = 1;
    private static final int LISTENER = 2;
    private static final int CLOSE = 4; // 3 lets it run

    private NativeMemory() {}

    /** Takes what to measure, and its numbers. */
    public static void main(String[] args) throws InterruptedException {
        PrintStream out = System.out;
        switch (args.length == 0 ? "" : args[0]) {
            case "conversation" -> conversation(out, Integer.parseInt(args[1]), Integer.parseInt(args[2]));
            case "cancelled" ->
                cancelled(
                        out,
                        args.length > 4 ? Path.of(args[4]) : SmolLm2.directory(),
                        Integer.parseInt(args[1]),
                        Integer.parseInt(args[2]),
                        Long.parseLong(args[3]));
            default -> throw new IllegalArgumentException("valid: conversation or cancelled");
        }
        Thread.sleep(3_000); // what a closed model has freed is given back to the system a little later
        report(out, "a little later", 0);
    }

    private static OnnxEndpoint open(Path directory, int threads, int window, int most) {
        return OnnxEndpoint.builder(directory)
                .id("small")
                .threads(threads)
                .window(window)
                .decoding(Decoding.greedy().maxTokens(most).pastTurnEnds())
                .open();
    }

    private static void conversation(PrintStream out, int window, int threads) {
        report(out, "before the model is opened", 0);
        try (OnnxEndpoint small = open(SmolLm2.directory(), threads, window, 64)) {
            report(out, "opened", small.model().cacheBytes());
            List<ChatMessage> messages = new ArrayList<>();
            while (true) {
                messages.add(UserMessage.from(PROSE));
                int prompt = small.promptOf(messages).length;
                if (prompt + 64 > window) {
                    break;
                }
                Reply reply = small.answer(
                        Request.of(ChatRequest.builder().messages(messages).build()));
                messages.add(AiMessage.from(reply.text()));
                report(out, (prompt + 64) + " tokens", small.model().cacheBytes());
            }
            // A prompt of the whole window at once, of another conversation.
            StringBuilder text = new StringBuilder("Once more. ");
            while (small.promptOf(List.of(UserMessage.from(text + PROSE))).length + 64 <= window) {
                text.append(PROSE);
            }
            small.answer(text.toString());
            report(
                    out,
                    "and a prompt of the whole window, the conversation kept",
                    small.model().cacheBytes());
        }
        report(out, "closed", 0);
    }

    private static void cancelled(PrintStream out, Path directory, int generations, int threads, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int stopped = 0;
        OnnxEndpoint small = open(directory, threads, 1_024, 12);
        try {
            for (int i = 0; i < generations; i++) {
                if (i % (generations / 10) == 0) {
                    report(
                            out,
                            "after " + i + " generations, " + stopped + " stopped",
                            small.model().cacheBytes());
                }
                boolean closes = i % 50 == 24;
                stopped += stop(small, closes ? CLOSE : random.nextInt(CLOSE), random) ? 1 : 0;
                if (closes) {
                    small.close();
                    requireNone(small);
                    small = open(directory, threads, 1_024, 12);
                }
            }
            report(out, "after all, " + stopped + " stopped", small.model().cacheBytes());
        } finally {
            small.close();
        }
        requireNone(small);
        report(out, "closed", small.model().cacheBytes());
    }

    private static void requireNone(OnnxEndpoint closed) {
        if (closed.model().cacheBytes() != 0) {
            throw new IllegalStateException(
                    "closed, and " + closed.model().cacheBytes() + " bytes of caches are still there");
        }
    }

    /** Whether a generation was stopped before its end. */
    private static boolean stop(OnnxEndpoint small, int way, SplittableRandom random) {
        Cancellation cancellation = Cancellation.create();
        Request request = Request.of(PROSE.repeat(random.nextInt(2)) + "Berth " + random.nextInt(20))
                .tenant("tenant " + random.nextInt(3))
                .cancelledBy(cancellation);
        if (way == DEADLINE) {
            request = request.deadline(Duration.ofMillis(1 + random.nextInt(200)));
        }
        int last = random.nextInt(12);
        int[] heard = {0};
        List<CompletableFuture<Void>> closing = new ArrayList<>();
        try {
            small.answer(request, piece -> {
                if (heard[0]++ == last) {
                    if (way == CANCELLATION) {
                        cancellation.cancel();
                    } else if (way == LISTENER) {
                        throw new IllegalStateException("heard enough");
                    } else if (way == CLOSE) {
                        closing.add(CompletableFuture.runAsync(small::close));
                    }
                }
            });
            return false;
        } catch (TandemException | IllegalStateException e) {
            return true;
        } finally {
            closing.forEach(CompletableFuture::join);
        }
    }

    private static void report(PrintStream out, String when, long cacheBytes) {
        System.gc();
        ResidentMemory now = ResidentMemory.now();
        out.printf(
                Locale.ROOT,
                "%s: resident %.0f MB, at most so far %.0f MB: caches %.0f, Java heap %.0f, JVM's own %.0f, mapped files"
                        + " %.0f, other native memory %.0f%n",
                when,
                now.total() / 1e6,
                now.most() / 1e6,
                cacheBytes / 1e6,
                now.heap() / 1e6,
                now.virtualMachine() / 1e6,
                now.files() / 1e6,
                (now.total() - now.heap() - now.virtualMachine() - now.files() - cacheBytes) / 1e6);
    }
}
