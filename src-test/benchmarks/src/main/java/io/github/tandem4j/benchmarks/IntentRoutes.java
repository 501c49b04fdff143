package io.github.tandem4j.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.output.Response;
import io.github.tandem4j.Completion;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.router.defence.Familiarity;
import io.github.tandem4j.router.rules.LabelledUtterance;
import io.github.tandem4j.router.rules.SemanticRoutes;
import io.github.tandem4j.router.rules.SemanticRoutesBuilder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.zip.GZIPInputStream;

/**
 * How well semantic routes tell CLINC150's intents apart, and how well {@link Familiarity} tells what is out of scope.
 *
 * <pre>{@code
 * zcat clinc150-*.jsonl.gz | jq -r .text > lines.txt
 * java -jar tandem.jar embed --model MODEL --file lines.txt --json > vectors.json
 * java -cp benchmarks.jar:tandem.jar io.github.tandem4j.benchmarks.IntentRoutes lines.txt vectors.json \
 *      clinc150-train.jsonl.gz clinc150-val.jsonl.gz
 * }</pre>
 *
 * <p>Of each intent 60 training messages are utterances, 40 with the out-of-scope ones fit the thresholds, and the validation
 * file is the test. No message is in two of the three.
 */
public final class IntentRoutes {

    private static final int UTTERANCES = 60;
    private static final String OUT_OF_SCOPE = "oos";

    private record Message(String text, String intent) {}

    private IntentRoutes() {}

    /** Prints what the page above says. */
    public static void main(String[] args) throws IOException {
        EmbeddingModel model = new Recorded(Path.of(args[0]), Path.of(args[1]));
        List<Message> train = read(Path.of(args[2]));
        Set<String> known = new HashSet<>();
        train.forEach(message -> known.add(message.text));
        List<Message> test = read(Path.of(args[3])).stream()
                .filter(message -> known.add(message.text))
                .toList();
        Map<String, List<String>> utterances = new LinkedHashMap<>();
        List<LabelledUtterance> labelled = new ArrayList<>();
        for (Message message : train) {
            if (message.intent.equals(OUT_OF_SCOPE)) {
                labelled.add(LabelledUtterance.outOfScope(message.text));
                continue;
            }
            List<String> own = utterances.computeIfAbsent(message.intent, any -> new ArrayList<>());
            if (own.size() < UTTERANCES) {
                own.add(message.text);
            } else {
                labelled.add(LabelledUtterance.of(message.text, message.intent));
            }
        }
        Set<String> asUtterance = new HashSet<>();
        utterances.values().forEach(asUtterance::addAll);
        labelled.removeIf(one -> asUtterance.contains(one.text()));
        for (int k : new int[] {1, 3, 10}) {
            report("k " + k + ", no threshold", routes(model, utterances, k).acceptingFrom(-1), test);
            report("k " + k + ", fitted for F1", routes(model, utterances, k).fit(labelled), test);
            report(
                    "k " + k + ", fitted for precision .98",
                    routes(model, utterances, k).withPrecision(0.98).fit(labelled),
                    test);
        }
        familiarity(model, asUtterance, labelled, test);
    }

    private static SemanticRoutesBuilder routes(EmbeddingModel model, Map<String, List<String>> utterances, int k) {
        ModelEndpoint endpoint =
                ModelEndpoint.of("any", ModelProfile.local().build(), (chat, context, tokens) -> Completion.of("-"));
        SemanticRoutesBuilder routes = SemanticRoutes.over(model, "recorded").byNearest(k);
        utterances.forEach((intent, texts) -> routes.route(intent, endpoint, texts));
        return routes;
    }

    private static void report(String what, SemanticRoutes routes, List<Message> test) {
        int inScope = 0;
        int right = 0;
        int taken = 0;
        int outside = 0;
        int rejected = 0;
        for (Message message : test) {
            SemanticRoutes.Match match = routes.match(message.text);
            if (message.intent.equals(OUT_OF_SCOPE)) {
                outside++;
                rejected += match.isNear() ? 0 : 1;
            } else {
                inScope++;
                taken += match.isNear() ? 1 : 0;
                right += match.isNear() && match.route().equals(message.intent) ? 1 : 0;
            }
        }
        System.out.printf(
                Locale.ROOT,
                "%-28s in scope %d: right %s, of those taken %.3f; out of scope %d: left alone %s%n",
                what,
                inScope,
                share(right, inScope),
                (double) right / taken,
                outside,
                share(rejected, outside));
    }

    private static void familiarity(
            EmbeddingModel model, Set<String> training, List<LabelledUtterance> labelled, List<Message> test) {
        List<String> heldOut = labelled.stream()
                .filter(one -> one.route().isPresent())
                .map(LabelledUtterance::text)
                .distinct()
                .toList();
        Familiarity familiar = Familiarity.of(model, "recorded", List.copyOf(training), heldOut);
        List<Double> in = new ArrayList<>();
        List<Double> out = new ArrayList<>();
        for (Message message : test) {
            (message.intent.equals(OUT_OF_SCOPE) ? out : in).add(familiar.distance(message.text));
        }
        double above = 0;
        for (double far : out) {
            for (double near : in) {
                above += far > near ? 1 : far == near ? 0.5 : 0;
            }
        }
        double auroc = above / in.size() / out.size();
        // Hanley and McNeil, Radiology 143(1), 1982.
        double q1 = auroc / (2 - auroc);
        double q2 = 2 * auroc * auroc / (1 + auroc);
        double error = Math.sqrt(
                (auroc * (1 - auroc) + (out.size() - 1) * (q1 - auroc * auroc) + (in.size() - 1) * (q2 - auroc * auroc))
                        / ((double) out.size() * in.size()));
        System.out.printf(Locale.ROOT, "out of scope by distance: AUROC %.3f ± %.3f%n", auroc, 1.96 * error);
        for (double alpha : new double[] {0.01, 0.05, 0.1}) {
            int wrong =
                    (int) in.stream().filter(d -> familiar.pValue(d) <= alpha).count();
            int found =
                    (int) out.stream().filter(d -> familiar.pValue(d) <= alpha).count();
            System.out.printf(
                    Locale.ROOT,
                    "  at level %.2f: taken for unlike %s of the in-scope; found %s of the out-of-scope%n",
                    alpha,
                    share(wrong, in.size()),
                    share(found, out.size()));
        }
    }

    private static String share(int some, int all) {
        double p = (double) some / all;
        return String.format(Locale.ROOT, "%.3f ± %.3f", p, 1.96 * Math.sqrt(p * (1 - p) / all));
    }

    private static List<Message> read(Path file) throws IOException {
        JsonMapper json = new JsonMapper();
        List<Message> messages = new ArrayList<>();
        try (BufferedReader lines = new BufferedReader(
                new InputStreamReader(new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                JsonNode message = json.readTree(line);
                messages.add(new Message(
                        message.get("text").asText().strip(),
                        message.get("intent").asText()));
            }
        }
        return messages;
    }

    /** Vectors that were computed before. */
    private static final class Recorded implements EmbeddingModel {

        private final Map<String, float[]> vectors = new HashMap<>();

        Recorded(Path lines, Path json) throws IOException {
            List<String> texts = Files.readAllLines(lines);
            JsonNode all = new JsonMapper().readTree(json.toFile()).get("vectors");
            for (int i = 0; i < texts.size(); i++) {
                JsonNode numbers = all.get(i);
                float[] vector = new float[numbers.size()];
                for (int j = 0; j < vector.length; j++) {
                    vector[j] = (float) numbers.get(j).asDouble();
                }
                vectors.put(texts.get(i).strip(), vector);
            }
        }

        @Override
        public Response<List<Embedding>> embedAll(List<TextSegment> segments) {
            return Response.from(segments.stream()
                    .map(segment -> Embedding.from(vectors.get(segment.text()).clone()))
                    .toList());
        }
    }
}
