package io.github.tandem4j.benchmarks;

import static io.github.tandem4j.cascade.Confidences.meanTokenProbability;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.embedding.EmbeddingModel;
import io.github.tandem4j.ReadingWish;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.cascade.ConfidenceMeasure;
import io.github.tandem4j.cascade.ReadingWishes;
import io.github.tandem4j.onnx.OnnxEndpoint;
import io.github.tandem4j.onnx.encoder.OnnxEmbeddingModel;
import io.github.tandem4j.onnx.encoder.SentenceEncoders;
import io.github.tandem4j.router.CachingEmbeddingModel;
import io.github.tandem4j.router.cascades.AnswerQuality;
import io.github.tandem4j.router.cascades.AnswerQualityTraining;
import io.github.tandem4j.router.cascades.JudgedAnswer;
import io.github.tandem4j.smollm2.SmolLm2;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which evidence tells whether an answer of SmolLM2 is right: its mean token probability, all that its tokens and texts say,
 * embeddings of question and answer, and its own hidden states before and after it answered. The questions are small sums
 * that are drawn, and capitals:
 *
 * <pre>{@code
 * java -cp benchmarks.jar:tandem.jar io.github.tandem4j.benchmarks.AnswerReadings 200 7
 * }</pre>
 *
 * <p>The numbers are of sums, and the seed. Each estimate is fitted on four fifths of the questions and scored on the other,
 * five times. The area under the ROC curve is that within each kind of question, averaged over kinds by their pairs of a right
 * and a wrong answer, since telling one kind from another is no merit. Intervals are of 1,000 bootstrap samples of the
 * questions.
 */
public final class AnswerReadings {

    private static final int LONGEST = 24;
    private static final int FOLDS = 5;
    private static final int SAMPLES = 1_000;
    private static final Pattern NUMBER = Pattern.compile("\\d+");

    private static final List<String> KINDS = List.of("sums", "capitals");
    private static final String CAPITALS = """
            Afghanistan:Kabul, Albania:Tirana, Algeria:Algiers, Angola:Luanda, Argentina:Buenos Aires, Armenia:Yerevan,
            Australia:Canberra, Austria:Vienna, Azerbaijan:Baku, Bahrain:Manama, Bangladesh:Dhaka, Belarus:Minsk,
            Belgium:Brussels, Bhutan:Thimphu, Bolivia:Sucre, Botswana:Gaborone, Brazil:Brasilia, Bulgaria:Sofia,
            Cambodia:Phnom Penh, Cameroon:Yaounde, Canada:Ottawa, Chad:N'Djamena, Chile:Santiago, China:Beijing,
            Colombia:Bogota, Croatia:Zagreb, Cuba:Havana, Cyprus:Nicosia, Denmark:Copenhagen, Ecuador:Quito, Egypt:Cairo,
            Eritrea:Asmara, Estonia:Tallinn, Ethiopia:Addis Ababa, Fiji:Suva, Finland:Helsinki, France:Paris,
            Gabon:Libreville, Georgia:Tbilisi, Germany:Berlin, Ghana:Accra, Greece:Athens, Guinea:Conakry,
            Guyana:Georgetown, Haiti:Port-au-Prince, Honduras:Tegucigalpa, Hungary:Budapest, Iceland:Reykjavik,
            India:New Delhi, Indonesia:Jakarta, Iran:Tehran, Iraq:Baghdad, Ireland:Dublin, Israel:Jerusalem, Italy:Rome,
            Jamaica:Kingston, Japan:Tokyo, Jordan:Amman, Kazakhstan:Astana, Kenya:Nairobi, Kyrgyzstan:Bishkek,
            Laos:Vientiane, Latvia:Riga, Lebanon:Beirut, Liberia:Monrovia, Libya:Tripoli, Lithuania:Vilnius,
            Madagascar:Antananarivo, Malawi:Lilongwe, Malaysia:Kuala Lumpur, Mali:Bamako, Malta:Valletta,
            Mauritania:Nouakchott, Moldova:Chisinau, Mongolia:Ulaanbaatar, Montenegro:Podgorica, Morocco:Rabat,
            Mozambique:Maputo, Namibia:Windhoek, Nepal:Kathmandu, Netherlands:Amsterdam, New Zealand:Wellington,
            Nicaragua:Managua, Niger:Niamey, Nigeria:Abuja, Norway:Oslo, Oman:Muscat, Pakistan:Islamabad,
            Paraguay:Asuncion, Peru:Lima, Philippines:Manila, Poland:Warsaw, Portugal:Lisbon, Qatar:Doha,
            Romania:Bucharest, Russia:Moscow, Rwanda:Kigali, Senegal:Dakar, Serbia:Belgrade, Sierra Leone:Freetown,
            Slovakia:Bratislava, Slovenia:Ljubljana, Somalia:Mogadishu, South Korea:Seoul, Spain:Madrid, Sudan:Khartoum,
            Suriname:Paramaribo, Sweden:Stockholm, Switzerland:Bern, Syria:Damascus, Taiwan:Taipei, Tajikistan:Dushanbe,
            Thailand:Bangkok, Togo:Lome, Tunisia:Tunis, Turkey:Ankara, Turkmenistan:Ashgabat, Uganda:Kampala,
            Ukraine:Kyiv, Uruguay:Montevideo, Uzbekistan:Tashkent, Venezuela:Caracas, Vietnam:Hanoi, Yemen:Sanaa,
            Zambia:Lusaka, Zimbabwe:Harare""";

    private record Question(String kind, String prompt, String truth) {
        double grade(Reply reply) {
            String said = plain(reply.text());
            if (!kind.equals("sums")) {
                return said.contains(truth) ? 1 : 0;
            }
            Matcher numbers = NUMBER.matcher(reply.text().replace(",", ""));
            String last = "";
            while (numbers.find()) {
                last = numbers.group();
            }
            return last.equals(truth) ? 1 : 0;
        }

        Request request() {
            return Request.of(ChatRequest.builder()
                    .messages(UserMessage.from(prompt))
                    .maxOutputTokens(LONGEST)
                    .build());
        }
    }

    /** What an estimate is trained to read. */
    private record Evidence(String name, UnaryOperator<AnswerQualityTraining> reads) {}

    private final PrintStream out;
    private final long seed;

    private AnswerReadings(PrintStream out, long seed) {
        this.out = out;
        this.seed = seed;
    }

    /** Takes how many sums to draw, and the seed. */
    public static void main(String[] args) {
        long seed = Long.parseLong(args[1]);
        List<Question> questions = sums(Integer.parseInt(args[0]), new Random(seed));
        questions.addAll(capitals());
        Collections.shuffle(questions, new Random(seed));
        new AnswerReadings(System.out, seed).run(questions);
    }

    /** Of numbers up to fourteen; SmolLM2 knows no larger ones. */
    private static List<Question> sums(int count, Random random) {
        String[] words = {"plus", "minus", "times"};
        Map<String, Question> drawn = new LinkedHashMap<>();
        while (drawn.size() < count) {
            int a = 1 + random.nextInt(14);
            int b = 1 + random.nextInt(14);
            int word = random.nextInt(a < b ? 1 : words.length);
            int truth = word == 0 ? a + b : word == 1 ? a - b : a * b;
            String prompt = "What is " + a + " " + words[word] + " " + b + "? Answer with the number alone.";
            drawn.put(prompt, new Question("sums", prompt, "" + truth));
        }
        return new ArrayList<>(drawn.values());
    }

    private static List<Question> capitals() {
        return Arrays.stream(CAPITALS.strip().split(",\\s*"))
                .map(pair -> pair.split(":", 2))
                .map(pair -> new Question("capitals", "What is the capital of " + pair[0] + "?", plain(pair[1])))
                .toList();
    }

    /** Words without case, articles and signs, between blanks, so that one is not found within another. */
    private static String plain(String text) {
        String words = text.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N}]+", " ");
        return " " + (" " + words + " ").replaceAll(" (the|a|an) ", " ").strip() + " ";
    }

    private void run(List<Question> questions) {
        ReadingWishes all = new ReadingWishes(
                ReadingWish.none()
                        .last(10)
                        .last(15)
                        .last(21)
                        .last(25)
                        .mean(15)
                        .mean(21)
                        .lastFinal(),
                ReadingWish.none().last(15).last(21).lastFinal());
        List<JudgedAnswer> answers = new ArrayList<>();
        long start = System.nanoTime();
        try (OnnxEndpoint small = OnnxEndpoint.builder(SmolLm2.directory())
                .id("smollm2")
                .threads(1)
                .open()) {
            for (Question question : questions) {
                answers.add(JudgedAnswer.asking(small, question.request(), all, question::grade));
                if (answers.size() % 60 == 0) {
                    out.printf(Locale.ROOT, "%d answers, %.0f s%n", answers.size(), (System.nanoTime() - start) / 1e9);
                }
            }
        }
        for (String kind : KINDS) {
            int[] at = places(questions, kind);
            out.printf(
                    Locale.ROOT,
                    "%s: %d questions, %.0f %% right%n",
                    kind,
                    at.length,
                    100
                            * Arrays.stream(at)
                                    .mapToDouble(i -> answers.get(i).score())
                                    .average()
                                    .orElse(0));
        }
        double[] scores = answers.stream().mapToDouble(JudgedAnswer::score).toArray();
        Map<String, double[]> estimates = new LinkedHashMap<>();
        estimates.put("mean token probability", measured(meanTokenProbability(), answers));
        try (OnnxEmbeddingModel miniLm = SentenceEncoders.miniLm().threads(1).open()) {
            for (Evidence evidence : evidences(CachingEmbeddingModel.of(miniLm))) {
                estimates.put(evidence.name, crossFitted(evidence, answers));
            }
        }
        report(questions, scores, estimates);
    }

    private static List<Evidence> evidences(EmbeddingModel miniLm) {
        ReadingWish none = ReadingWish.none();
        List<Evidence> all = new ArrayList<>();
        all.add(new Evidence("tokens and texts", training -> training));
        all.add(new Evidence("+ embeddings", training -> training.embeddings(miniLm)));
        Map<String, ReadingWishes> readings = new LinkedHashMap<>();
        readings.put("answer last.15", new ReadingWishes(none.last(15), none));
        readings.put("answer last.21", new ReadingWishes(none.last(21), none));
        readings.put("answer last.final", new ReadingWishes(none.lastFinal(), none));
        readings.put("answer mean.15", new ReadingWishes(none.mean(15), none));
        readings.put("answer mean.21", new ReadingWishes(none.mean(21), none));
        readings.put("prompt last.15", new ReadingWishes(none, none.last(15)));
        readings.put("prompt last.21", new ReadingWishes(none, none.last(21)));
        readings.put("prompt last.21, answer last.21", new ReadingWishes(none.last(21), none.last(21)));
        readings.put("prompt last.21, answer mean.21", new ReadingWishes(none.mean(21), none.last(21)));
        readings.forEach((name, wishes) -> all.add(new Evidence("+ " + name, training -> training.reading(wishes))));
        ReadingWishes both = new ReadingWishes(none.mean(21), none.last(21));
        all.add(new Evidence(
                "+ those and embeddings", training -> training.reading(both).embeddings(miniLm)));
        return all;
    }

    private static double[] measured(ConfidenceMeasure measure, List<JudgedAnswer> answers) {
        return answers.stream()
                .mapToDouble(answer ->
                        measure.measure(answer.request(), answer.reply()).value())
                .toArray();
    }

    /** {@return of each answer the estimate of a model that was fitted on the other folds} */
    private double[] crossFitted(Evidence evidence, List<JudgedAnswer> answers) {
        double[] estimates = new double[answers.size()];
        for (int fold = 0; fold < FOLDS; fold++) {
            List<JudgedAnswer> others = new ArrayList<>();
            for (int i = 0; i < answers.size(); i++) {
                if (i % FOLDS != fold) {
                    others.add(answers.get(i));
                }
            }
            AnswerQuality quality = evidence.reads
                    .apply(AnswerQuality.training("smollm2").on(others).seed(seed))
                    .fit();
            for (int i = fold; i < answers.size(); i += FOLDS) {
                estimates[i] = quality.measure(
                                answers.get(i).request(), answers.get(i).reply())
                        .value();
            }
        }
        return estimates;
    }

    private void report(List<Question> questions, double[] scores, Map<String, double[]> estimates) {
        int[][] kinds = KINDS.stream().map(kind -> places(questions, kind)).toArray(int[][]::new);
        Random random = new Random(seed);
        List<int[][]> samples = new ArrayList<>();
        for (int s = 0; s < SAMPLES; s++) {
            samples.add(Arrays.stream(kinds)
                    .map(kind -> random.ints(kind.length, 0, kind.length)
                            .map(i -> kind[i])
                            .toArray())
                    .toArray(int[][]::new));
        }
        double[] base = Objects.requireNonNull(estimates.get("tokens and texts"), "base");
        out.println("AUROC within kinds (95 %); of sums, of capitals; gain over tokens and texts (95 %); Brier score");
        estimates.forEach((name, values) -> {
            double[] areas = samples.stream()
                    .mapToDouble(s -> within(s, scores, values))
                    .sorted()
                    .toArray();
            double[] gains = samples.stream()
                    .mapToDouble(s -> within(s, scores, values) - within(s, scores, base))
                    .sorted()
                    .toArray();
            double brier = 0;
            for (int i = 0; i < scores.length; i++) {
                brier += (values[i] - scores[i]) * (values[i] - scores[i]) / scores.length;
            }
            out.printf(
                    Locale.ROOT,
                    "%-45s %.3f (%.3f to %.3f); %.3f, %.3f; %+.3f (%+.3f to %+.3f); %.4f%n",
                    name,
                    within(kinds, scores, values),
                    areas[SAMPLES / 40],
                    areas[SAMPLES - 1 - SAMPLES / 40],
                    area(kinds[0], scores, values)[0],
                    area(kinds[1], scores, values)[0],
                    within(kinds, scores, values) - within(kinds, scores, base),
                    gains[SAMPLES / 40],
                    gains[SAMPLES - 1 - SAMPLES / 40],
                    brier);
        });
    }

    private static int[] places(List<Question> questions, String kind) {
        List<Integer> places = new ArrayList<>();
        for (int i = 0; i < questions.size(); i++) {
            if (questions.get(i).kind.equals(kind)) {
                places.add(i);
            }
        }
        return places.stream().mapToInt(Integer::intValue).toArray();
    }

    private static double within(int[][] kinds, double[] scores, double... values) {
        double won = 0;
        double pairs = 0;
        for (int[] kind : kinds) {
            double[] area = area(kind, scores, values);
            won += area[1] == 0 ? 0 : area[0] * area[1];
            pairs += area[1];
        }
        return won / pairs;
    }

    /** {@return the area under the ROC curve, by ranks, ties for a half; and of how many pairs} */
    private static double[] area(int[] rows, double[] scores, double... values) {
        int[] sorted = Arrays.stream(rows)
                .boxed()
                .sorted((i, j) -> Double.compare(values[i], values[j]))
                .mapToInt(Integer::intValue)
                .toArray();
        double won = 0;
        double right = 0;
        double wrong = 0;
        int at = 0;
        while (at < sorted.length) {
            double rightHere = 0;
            double wrongHere = 0;
            double value = values[sorted[at]];
            for (; at < sorted.length && values[sorted[at]] == value; at++) {
                rightHere += scores[sorted[at]];
                wrongHere += 1 - scores[sorted[at]];
            }
            won += rightHere * (wrong + wrongHere / 2);
            right += rightHere;
            wrong += wrongHere;
        }
        return new double[] {won / (right * wrong), right * wrong};
    }
}
