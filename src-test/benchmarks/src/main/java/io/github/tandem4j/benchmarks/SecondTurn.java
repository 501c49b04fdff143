package io.github.tandem4j.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.onnx.OnnxEndpoint;
import io.github.tandem4j.smollm2.SmolLm2;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * The time to the first token of a conversation's next turn by SmolLM2, with keys and values kept and without; how many
 * tokens are taken over, of an answer that came back as text; and whether both say the same.
 *
 * <pre>{@code
 * java -cp benchmarks.jar:tandem.jar io.github.tandem4j.benchmarks.SecondTurn 1000 2 20
 * }</pre>
 *
 * <p>Takes the tokens of the first turn with its answer, threads and rounds.
 */
public final class SecondTurn {

    private static final int ANSWER = 64;

    private static final String WORDS =
            "The harbour wakes before the town does and the men in yellow coats walk along the"
                    + " quay to count the crates and talk about the weather which has been wrong all week ";

    private SecondTurn() {}

    /** Takes tokens, threads and rounds. */
    public static void main(String[] args) {
        int tokens = Integer.parseInt(args[0]);
        int threads = Integer.parseInt(args[1]);
        int rounds = Integer.parseInt(args[2]);
        PrintStream out = System.out;
        double[] kept = new double[rounds];
        double[] work = new double[rounds];
        double[] anew = new double[rounds];
        int[] shared = new int[rounds];
        int[] prompts = new int[rounds];
        int same = 0;
        double difference = 0;
        try (OnnxEndpoint keeps = open(threads).open();
                OnnxEndpoint forgets =
                        open(threads).keepPrefills(0, 0, Duration.ofMinutes(1)).open()) {
            for (int round = -2; round < rounds; round++) {
                int at = Math.max(0, round);
                List<ChatMessage> messages = new ArrayList<>();
                messages.add(SystemMessage.from("You answer questions about a text, number " + round + "."));
                messages.add(UserMessage.from(text(keeps, messages, tokens - ANSWER, round)));
                Reply first = keeps.answer(request(messages, ANSWER));
                messages.add(AiMessage.from(first.text()));
                messages.add(UserMessage.from("And what do they talk about, in one sentence?"));
                Reply[] second = new Reply[2];
                long cpu = cpuNanos();
                kept[at] = millis(() -> second[0] = keeps.answer(request(messages, 1)));
                work[at] = (cpuNanos() - cpu) / 1e6;
                anew[at] = millis(() -> second[1] = forgets.answer(request(messages, 1)));
                shared[at] = cached(second[0]);
                prompts[at] = second[0].response().tokenUsage().inputTokenCount();
                same += round >= 0 && second[0].text().equals(second[1].text()) ? 1 : 0;
                difference = Math.max(difference, Math.abs(logProbability(second[0]) - logProbability(second[1])));
            }
        }
        out.printf(
                Locale.ROOT,
                "second turns of %d to %d tokens, %d to %d of them taken over, %d threads, %d rounds, ms to the first token:"
                        + " median (least to most)%n",
                Arrays.stream(prompts).min().orElseThrow(),
                Arrays.stream(prompts).max().orElseThrow(),
                Arrays.stream(shared).min().orElseThrow(),
                Arrays.stream(shared).max().orElseThrow(),
                threads,
                rounds);
        print(out, "kept", kept);
        print(out, "kept, processor time of all threads", work);
        print(out, "anew", anew);
        out.printf(
                Locale.ROOT,
                "same first token in %d of %d rounds, its log-probability off by %.4f at most%n",
                same,
                rounds,
                difference);
    }

    private static OnnxEndpoint.Builder open(int threads) {
        return OnnxEndpoint.builder(SmolLm2.directory())
                .id("smollm2")
                .threads(threads)
                .window(2_048);
    }

    private static String text(OnnxEndpoint endpoint, List<ChatMessage> before, int tokens, int round) {
        StringBuilder text = new StringBuilder("Number " + round + ".");
        String[] words = WORDS.split(" ");
        List<ChatMessage> messages = new ArrayList<>(before);
        messages.add(UserMessage.from("?"));
        for (int at = Math.abs(round); endpoint.promptOf(messages).length < tokens; at += 8) {
            for (int word = at; word < at + 8; word++) {
                text.append(' ').append(words[word % words.length]);
            }
            messages.set(before.size(), UserMessage.from(text.toString()));
        }
        return text.toString();
    }

    private static Request request(List<ChatMessage> messages, int answer) {
        return Request.of(ChatRequest.builder()
                .messages(List.copyOf(messages))
                .maxOutputTokens(answer)
                .build());
    }

    private static double millis(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return (System.nanoTime() - start) / 1e6;
    }

    /** On a busy machine it says more than the clock. */
    private static long cpuNanos() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
    }

    private static int cached(Reply reply) {
        return reply.evidence().get(EvidenceKey.CACHED_INPUT_TOKENS).orElse(0L).intValue();
    }

    private static double logProbability(Reply reply) {
        return reply.evidence().get(EvidenceKey.TOKEN_SCORES).orElseThrow().logProbability(0);
    }

    private static void print(PrintStream out, String what, double[] millis) {
        double[] sorted = millis.clone();
        Arrays.sort(sorted);
        out.printf(
                Locale.ROOT,
                "%s %.1f (%.1f to %.1f)%n",
                what,
                sorted[sorted.length / 2],
                sorted[0],
                sorted[sorted.length - 1]);
    }
}
