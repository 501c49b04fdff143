package io.github.tandem4j.examples;

import io.github.tandem4j.Completion;
import io.github.tandem4j.Evidence;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TokenScores;
import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.cascade.ConfidenceMeasure;
import io.github.tandem4j.cascade.Confidences;
import io.github.tandem4j.router.certificates.Audit;
import io.github.tandem4j.router.certificates.AuditedAnswer;
import io.github.tandem4j.router.certificates.CalibrationRows;
import io.github.tandem4j.router.certificates.Certificate;
import io.github.tandem4j.router.certificates.Certifier;
import io.github.tandem4j.router.certificates.LabelledAnswer;
import io.github.tandem4j.router.certificates.PromiseMonitor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.regex.Pattern;

/** A cascade that promises how many of the small model's answers are wrong, and notices when that no longer holds. */
public final class CertifiedCascade {

    private static final Pattern NUMBER = Pattern.compile("\\d+");

    private CertifiedCascade() {}

    /** Promises that at most a tenth of the kept answers is wrong, with confidence 95 %, from questions with known answers. */
    public static Certificate certify(ModelEndpoint small, Map<String, String> rightAnswers) {
        ConfidenceMeasure measure = Confidences.meanTokenProbability();
        List<LabelledAnswer> answers = new ArrayList<>();
        rightAnswers.forEach((question, right) -> {
            Request request = Request.of(question);
            Reply reply = small.answer(request);
            double confidence = measure.measure(request, reply).value();
            answers.add(LabelledAnswer.of(confidence, reply.text().equals(right)));
        });
        return Certifier.wrongAtMost(0.10)
                .withConfidence(0.95)
                .model(small)
                .measuredBy("mean token probability")
                .certify(CalibrationRows.of(answers))
                .orElseThrow(); // or says how many more answers it needs
    }

    /** Keeps the promise; a twentieth of the kept answers goes to a queue, for somebody to look at. */
    public static Cascade assistant(
            ModelEndpoint small,
            ModelEndpoint large,
            Certificate certificate,
            PromiseMonitor monitor,
            Queue<AuditedAnswer> audited) {
        Audit audit = Audit.share(0.05).seed(7).to(audited::offer);
        return Cascade.startingWith(small)
                .acceptUnder(certificate.watchedBy(monitor).auditedBy(audit))
                .deferTo(large)
                .build();
    }

    /**
     * Adds two numbers, "What is 17 + 25?": it is sure of sums below a hundred and has them right but for a few, and guesses
     * the others. A worn-out one is as sure, and guesses all.
     */
    static ModelEndpoint adder(boolean wornOut) {
        return ModelEndpoint.of("small", ModelProfile.local().build(), (chat, context, tokens) -> {
            String question = chat.messages().get(0).toString();
            int sum = sum(question);
            double luck = new SplittableRandom(question.hashCode()).nextDouble();
            boolean right = luck < (sum >= 100 || wornOut ? 0.6 : 0.98);
            float surety = sum < 100 ? -0.1f - sum / 10_000f : -0.7f - sum / 10_000f;
            Completion answer = Completion.of(Integer.toString(right ? sum : sum + 10));
            return new Completion(
                    answer.response(), Evidence.of(EvidenceKey.TOKEN_SCORES, TokenScores.of(new float[] {surety})));
        });
    }

    private static int sum(String question) {
        return NUMBER.matcher(question)
                .results()
                .mapToInt(match -> Integer.parseInt(match.group()))
                .sum();
    }

    /** {@return so many questions with their answers, drawn by this seed} */
    static Map<String, String> questions(int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Map<String, String> answers = new LinkedHashMap<>();
        while (answers.size() < count) {
            String question = "What is " + random.nextInt(80) + " + " + random.nextInt(80) + "?";
            answers.put(question, Integer.toString(sum(question)));
        }
        return answers;
    }

    /** Certifies, serves, and lets the small model get worse: the monitor is told of what the audit finds. */
    public static void main(String[] args) {
        ModelEndpoint small = adder(false);
        Certificate certificate = certify(small, questions(500, 1));
        System.out.println(certificate);

        ModelEndpoint large = Endpoints.answering("large", "(Here a large model would answer.)");
        PromiseMonitor monitor =
                PromiseMonitor.of(certificate).onAlarm(alarm -> System.out.println("ALARM: " + alarm.why()));
        Queue<AuditedAnswer> audited = new ArrayBlockingQueue<>(1000);
        System.out.println(assistant(small, large, certificate, monitor, audited)
                .answer("What is 3 + 4?")
                .trace());

        Cascade worse = assistant(adder(true), large, certificate, monitor, audited);
        questions(400, 2).forEach((question, right) -> {
            Reply reply = worse.answer(question);
            if (reply.author()
                    .equals("small")) { // in production: each answer that the queue holds, once it is looked at
                monitor.observe(reply.text().equals(right) ? 0 : 1);
            }
        });
        System.out.println(worse.answer("What is 3 + 4?").trace()); // deferred, and why
    }
}
