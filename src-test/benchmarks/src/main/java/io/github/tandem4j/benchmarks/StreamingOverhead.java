package io.github.tandem4j.benchmarks;

import static io.github.tandem4j.cascade.Confidences.meanTokenProbability;

import io.github.tandem4j.Completion;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TokenScores;
import io.github.tandem4j.TokenSink;
import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.routing.Choice;
import io.github.tandem4j.routing.Routing;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/** What a streamed token costs on its way from a model that does nothing to a listener, over answers of 256 tokens. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
@OperationsPerInvocation(StreamingOverhead.TOKENS)
public class StreamingOverhead {

    static final int TOKENS = 256;

    private static final TokenScores SCORES = TokenScores.of(new float[] {-0.5f}, new float[] {1}, new float[] {0.3f});

    private final Completion completion = Completion.of("word ".repeat(TOKENS));
    private final ModelEndpoint leaf = streaming("small");
    private final ModelEndpoint other = streaming("large");
    private final ModelEndpoint routing = Routing.among(leaf, other)
            .by((request, candidates) -> Choice.of(leaf, "always"))
            .build();
    private final ModelEndpoint patient = Cascade.startingWith(leaf)
            .keepWhen((request, reply) -> io.github.tandem4j.cascade.Verdict.keep("always"))
            .deferTo(other)
            .build();
    private final ModelEndpoint undecided = Cascade.startingWith(leaf)
            .keepWhen(meanTokenProbability().atLeast(0.5).keepEarly(0.99).deferEarly(0.01))
            .deferTo(other)
            .build();
    private final ModelEndpoint nested = Routing.among(patient, other)
            .by((request, candidates) -> Choice.of(other, "always"))
            .build();
    private final Request request = Request.of("What is the capital of France?");

    private ModelEndpoint streaming(String id) {
        return ModelEndpoint.of(id, ModelProfile.local().build(), (chat, context, tokens) -> {
            for (int i = 0; i < TOKENS; i++) {
                tokens.accept("word ", SCORES);
            }
            return completion;
        });
    }

    private static TokenSink into(Blackhole blackhole) {
        return blackhole::consume;
    }

    /** An endpoint, heard. */
    @Benchmark
    public Reply leaf(Blackhole blackhole) {
        return leaf.answer(request, into(blackhole));
    }

    /** A routing, heard. */
    @Benchmark
    public Reply routing(Blackhole blackhole) {
        return routing.answer(request, into(blackhole));
    }

    /** A routing over a cascade, heard. */
    @Benchmark
    public Reply nested(Blackhole blackhole) {
        return nested.answer(request, into(blackhole));
    }

    /** A cascade whose rule reads every token and decides at none, which is the dearest that it can do. */
    @Benchmark
    public Reply cascadeThatReadsEveryToken(Blackhole blackhole) {
        return undecided.answer(request, into(blackhole));
    }
}
