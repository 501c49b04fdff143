package io.github.tandem4j.benchmarks;

import io.github.tandem4j.Completion;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.Request;
import io.github.tandem4j.onnx.encoder.OnnxEmbeddingModel;
import io.github.tandem4j.onnx.encoder.SentenceEncoders;
import io.github.tandem4j.router.features.Features;
import io.github.tandem4j.router.features.Views;
import io.github.tandem4j.router.learning.LearnedRouter;
import io.github.tandem4j.router.learning.NamedRouters;
import io.github.tandem4j.router.learning.Sources;
import io.github.tandem4j.router.learning.TrainedQuality;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import io.github.tandem4j.router.replay.RecordedEndpoint;
import io.github.tandem4j.router.replay.Replay;
import io.github.tandem4j.routing.Routing;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.IntConsumer;

/**
 * How long it takes to train each head, to decide, and to replay, with embeddings on disk.
 *
 * <pre>{@code
 * java -cp benchmarks.jar:tandem.jar io.github.tandem4j.benchmarks.RouterSpeed OUTCOMES WEAK STRONG FEATURES [ROUTER...]
 * }</pre>
 *
 * <p>FEATURES is a file in which MiniLM's embeddings are kept; what is missing is read first and not counted. Decisions are
 * those of {@code ensemble} without a local model's reading, trained on the first 2,000 rows, over requests that differ from one to the next; one whole
 * decision reads a text of 22 tokens on one thread. The replay is of the outcomes and as many again, under other words, until
 * there are 14,000.
 */
public final class RouterSpeed {

    private static final int REPLAYED = 14_000;
    private static final int SOME = 2_000;
    private static final String TEXT =
            "How many days does it take to sail from Lisbon to New York on a boat in the summer of %d?";

    private RouterSpeed() {}

    /** Measures and prints. */
    public static void main(String[] args) {
        RecordedOutcomes outcomes =
                RecordedOutcomes.read(Path.of(args[0])).uncontaminated().having(List.of(args[1], args[2]));
        List<String> routers = args.length > 4
                ? List.of(args).subList(4, args.length)
                : List.of("linear", "trees", "ngrams", "mf", "mlp", "kernel", "sw", "knn", "ensemble");
        try (OnnxEmbeddingModel model = SentenceEncoders.miniLm().threads(1).open()) {
            Features live = Views.embedding("all-minilm-l6-v2", model);
            Features kept = Views.cached(live, Path.of(args[3]));
            kept.read(requests(outcomes), done -> {});
            for (String router : routers) {
                heads(outcomes, args[1], args[2], router, Views.cached(live, Path.of(args[3])));
            }
            RecordedOutcomes some = RecordedOutcomes.of(outcomes.queries().subList(0, Math.min(SOME, outcomes.size())));
            TrainedQuality quality = train(some, args[1], args[2], "ensemble", kept);
            decisions(quality, outcomes);
            whole(quality, live);
            RecordedOutcomes many = repeated(outcomes);
            kept.read(requests(many), done -> {});
            replay(many, args[1], args[2], quality);
        }
    }

    private static TrainedQuality train(
            RecordedOutcomes outcomes, String weak, String strong, String router, Features embedding) {
        return LearnedRouter.training(outcomes)
                .between(weak, strong)
                .by(NamedRouters.recipe(router, Sources.text().embedding(embedding)))
                .fit();
    }

    private static void heads(
            RecordedOutcomes outcomes, String weak, String strong, String router, Features embedding) {
        long start = System.nanoTime();
        double begun = processorSeconds();
        TrainedQuality quality = train(outcomes, weak, strong, router, embedding);
        double wall = (System.nanoTime() - start) / 1e9;
        double trained = processorSeconds();
        quality.gains(requests(outcomes), done -> {});
        print(
                "%-10s trained on %d rows in %.1f s of its thread (%.1f s passed), applied to them in %.1f s,"
                        + " APGR held out %.4f",
                router,
                outcomes.size(),
                trained - begun,
                wall,
                processorSeconds() - trained,
                quality.provenance().metrics().getOrDefault("apgr", Double.NaN));
    }

    private static void decisions(TrainedQuality quality, RecordedOutcomes outcomes) {
        LearnedRouter router = quality.router().callingStrongFor(0.5);
        List<ModelEndpoint> candidates =
                quality.models().stream().map(RouterSpeed::idle).toList();
        List<Request> requests = requests(outcomes);
        Features text = Views.text();
        Features words = Views.words();
        print("decisions of an ensemble, its embeddings known:");
        percentiles("  the whole decision", requests.size(), i -> router.choose(requests.get(i), candidates));
        percentiles("  of it: signs of the text", requests.size(), i -> text.read(requests.get(i)));
        percentiles("  of it: words", requests.size(), i -> words.read(requests.get(i)));
        List<Request> typical = new ArrayList<>();
        for (int i = 0; i < 3000; i++) {
            typical.add(Request.of(String.format(Locale.ROOT, TEXT, 1000 + i)));
        }
        quality.gains(typical, done -> {}); // from here on their embeddings are known
        percentiles("  a text of 22 tokens", typical.size(), i -> router.choose(typical.get(i), candidates));
    }

    private static void whole(TrainedQuality quality, Features live) {
        Path file = Path.of("router-speed.json").toAbsolutePath();
        quality.router().save(file);
        LearnedRouter router = LearnedRouter.load(file, live); // which remembers no embedding
        file.toFile().deleteOnExit();
        List<ModelEndpoint> candidates =
                quality.models().stream().map(RouterSpeed::idle).toList();
        percentiles(
                "a fast decision, 22 tokens, with its embedding",
                1000,
                i -> router.choose(Request.of(String.format(Locale.ROOT, TEXT, 5000 + i)), candidates));
        percentiles(
                "its embedding alone", 1000, i -> live.read(Request.of(String.format(Locale.ROOT, TEXT, 5000 + i))));
    }

    private static void replay(RecordedOutcomes many, String weak, String strong, TrainedQuality quality) {
        Replay replay = Replay.of(many);
        for (int round = 0; round < 2; round++) {
            long start = System.nanoTime();
            double begun = processorSeconds();
            replay.curve("ensemble", quality, weak, strong);
            double curve = processorSeconds();
            RecordedEndpoint weaker = replay.endpoint(weak);
            RecordedEndpoint stronger = replay.endpoint(strong);
            Routing routing = Routing.among(weaker, stronger)
                    .by(quality.router().callingStrongFor(0.5))
                    .build();
            replay.compare(routing, weaker, stronger);
            print(
                    "replay of %d queries, %s: all thresholds with intervals %.2f s of its thread, one routing with"
                            + " intervals %.2f s (%.2f s passed in all)",
                    many.size(),
                    round == 0 ? "cold" : "warm",
                    curve - begun,
                    processorSeconds() - curve,
                    (System.nanoTime() - start) / 1e9);
        }
    }

    /** What this thread has computed, which other work on the machine does not change much. */
    private static double processorSeconds() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() / 1e9;
    }

    private static RecordedOutcomes repeated(RecordedOutcomes outcomes) {
        List<RecordedQuery> queries = new ArrayList<>(outcomes.queries());
        for (int i = 0; queries.size() < REPLAYED; i++) {
            RecordedQuery query = outcomes.queries().get(i % outcomes.size());
            RecordedQuery[] again = {
                RecordedQuery.of(query.id() + "/" + queries.size(), "Again (" + queries.size() + "): " + query.prompt())
            };
            query.outcomes().forEach((model, outcome) -> again[0] = again[0].outcome(model, outcome));
            queries.add(again[0]);
        }
        return RecordedOutcomes.of(queries);
    }

    private static void percentiles(String what, int count, IntConsumer each) {
        for (int i = 0; i < 3 * count; i++) {
            each.accept(i % count);
        }
        double[] micros = new double[count];
        for (int i = 0; i < count; i++) {
            long start = System.nanoTime();
            each.accept(i);
            micros[i] = (System.nanoTime() - start) / 1e3;
        }
        Arrays.sort(micros);
        print("%s: p50 %.1f us, p95 %.1f us", what, micros[count / 2], micros[count * 95 / 100]);
    }

    private static List<Request> requests(RecordedOutcomes outcomes) {
        return outcomes.queries().stream().map(RecordedQuery::request).toList();
    }

    private static ModelEndpoint idle(String id) {
        return ModelEndpoint.of(id, ModelProfile.remote().build(), (chat, context, tokens) -> Completion.of("-"));
    }

    private static void print(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }
}
