package io.github.tandem4j.router.certificates;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.tandem4j.Budget;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.Price;
import io.github.tandem4j.PrivacyLabel;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.testkit.ScriptedAnswer;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AuditTest {

    private static final Certificate CERTIFICATE = Certifier.wrongAtMost(0.1)
            .model("small")
            .measuredBy("mean token probability")
            .certify(CalibrationRows.of(IntStream.range(0, 100)
                    .mapToObj(i -> LabelledAnswer.of(0.5 + i / 200.0, true))
                    .toList()))
            .orElseThrow();

    private final PromiseMonitor monitor = PromiseMonitor.of(CERTIFICATE);
    private final ModelEndpoint small = ScriptedEndpoint.named("small")
            .says(ScriptedAnswer.of("Paris").withTokenProbabilities(0.9))
            .build();

    private Cascade audited(Audit audit) {
        return Cascade.startingWith(small)
                .acceptUnder(CERTIFICATE.watchedBy(monitor).auditedBy(audit))
                .deferTo(ScriptedEndpoint.saying("large", "Lyon"))
                .build();
    }

    private static Audit.Builder half() {
        return Audit.share(0.5).seed(1).executor(Runnable::run);
    }

    @Test
    void sendsAKnownShareAndTheTraceSaysWhich() {
        List<AuditedAnswer> received = new ArrayList<>();
        Cascade cascade = audited(half().to(received::add));
        int marked = 0;
        for (int i = 0; i < 1000; i++) {
            Reply reply = cascade.answer("Question " + i);
            marked += reply.trace().toString().contains("audited with probability 0.5") ? 1 : 0;
        }
        assertThat(received).hasSize(marked);
        assertThat(marked).isBetween(450, 550);
        assertThat(received.get(0).reply().text()).isEqualTo("Paris");
        assertThat(received.get(0).probability()).isEqualTo(0.5);
        assertThat(received.get(0).toString()).doesNotContain("Paris").doesNotContain("Question");
        List<AuditedAnswer> again = new ArrayList<>();
        Cascade repeated = audited(half().to(again::add));
        IntStream.range(0, 1000).forEach(i -> repeated.answer("Question " + i));
        assertThat(again)
                .extracting(answer -> answer.request().chat().messages())
                .isEqualTo(received.stream()
                        .map(answer -> answer.request().chat().messages())
                        .toList());
    }

    @Test
    void aReceiverOrAnExecutorThatFailsBreaksNoCall() {
        Consumer<AuditedAnswer> broken = answer -> {
            throw new IllegalStateException("disk full");
        };
        Audit throwing = Audit.share(1).executor(Runnable::run).to(broken);
        assertThat(audited(throwing).answer("?").text()).isEqualTo("Paris");
        assertThat(throwing.lost()).isEqualTo(1);
        assertThat(throwing.estimate().missing()).isEqualTo(1);
        Audit closed = Audit.share(1)
                .executor(task -> {
                    throw new RejectedExecutionException("closed");
                })
                .to(answer -> {});
        assertThat(audited(closed).answer("?").text()).isEqualTo("Paris");
        assertThat(closed.lost()).isEqualTo(1);
    }

    @Test
    void waitsForNobodyAndLosesWhatIsTooMuch() {
        ConcurrentLinkedQueue<Runnable> neverRun = new ConcurrentLinkedQueue<>();
        Audit audit = Audit.share(1).executor(neverRun::add).to(answer -> {});
        Cascade cascade = audited(audit);
        for (int i = 0; i < 300; i++) {
            assertThat(cascade.answer("?").text()).isEqualTo("Paris");
        }
        assertThat(audit.chosen()).isEqualTo(300);
        assertThat(audit.lost()).isEqualTo(300 - 256);
        neverRun.forEach(Runnable::run);
        cascade.answer("?");
        assertThat(audit.lost()).isEqualTo(300 - 256);
    }

    @Test
    void labelsByAgreementWithinItsOwnBudgetAndTheCallersPrivacy() {
        ScriptedEndpoint large = ScriptedEndpoint.named("strong")
                .profile(ModelProfile.remote()
                        .price(Price.perMillionTokens("1", "1"))
                        .maxOutputTokens(50)
                        .build())
                .says("paris.", "Lyon")
                .build();
        AgreementLabels labels = AgreementLabels.with(large, monitor).within(Budget.ofUsd("0.001"));
        Audit audit = Audit.share(1).executor(Runnable::run).to(labels);
        Cascade cascade = audited(audit);
        cascade.answer("?");
        assertThat(labels.labelled()).isEqualTo(1);
        assertThat(monitor.evidence()).as("the same answer, written otherwise").isLessThan(1);
        cascade.answer("?");
        assertThat(labels.labelled()).isEqualTo(2);
        assertThat(monitor.observed()).isEqualTo(2);
        assertThat(labels.cost().calls()).isEqualTo(2);
        assertThat(labels.cost().usd().nanos()).isPositive();

        cascade.answer(Request.of("?").label(PrivacyLabel.LOCAL_ONLY));
        assertThat(large.calls()).as("what may not travel was not asked").isEqualTo(2);
        assertThat(labels.unlabelled()).isEqualTo(1);
        assertThat(audit.estimate().judged()).isEqualTo(2);
        assertThat(audit.estimate().missing()).isEqualTo(1);
        assertThat(monitor.observed()).isEqualTo(2);
    }

    @Test
    void itsEstimateIsUnbiasedAndItsIntervalHoldsAtAllTimes() {
        int audits = 300;
        double truth = 0.2;
        double sum = 0;
        double squares = 0;
        int missed = 0;
        SplittableRandom random = new SplittableRandom(29);
        Reply reply = small.answer("?");
        for (int a = 0; a < audits; a++) {
            List<AuditedAnswer> received = new ArrayList<>();
            Audit audit = Audit.share(0.25)
                    .seed(random.nextLong())
                    .withConfidence(0.9)
                    .executor(Runnable::run)
                    .to(received::add);
            boolean left = false;
            int judged = 0;
            for (int i = 0; i < 800; i++) {
                audit.offer(Request.of("?"), reply);
                for (; judged < received.size(); judged++) {
                    received.get(judged).judge(random.nextDouble() < truth ? 1 : 0);
                    Audit.Estimate now = audit.estimate();
                    left |= truth < now.low() || truth > now.high();
                }
            }
            double error = audit.estimate().error();
            sum += error;
            squares += error * error;
            missed += left ? 1 : 0;
        }
        double mean = sum / audits;
        double standardError = Math.sqrt((squares / audits - mean * mean) / (audits - 1));
        assertThat(mean).isCloseTo(truth, within(3 * standardError));
        assertThat((double) missed / audits).isLessThanOrEqualTo(0.1 + 3 * Math.sqrt(0.09 / audits));
    }

    @Test
    void whatIsJudgedSoonDoesNotSpeakForWhatIsNot() {
        List<AuditedAnswer> received = new ArrayList<>();
        Audit audit = Audit.share(1).executor(Runnable::run).to(received::add);
        Reply reply = small.answer("?");
        for (int i = 0; i < 100; i++) {
            audit.offer(Request.of("?"), reply);
        }
        for (int i = 50; i < 100; i += 10) {
            assertThat(received.get(i).judge(1))
                    .as("wrong ones are noticed first")
                    .isTrue();
        }
        assertThat(audit.estimate().counted()).isZero();
        assertThat(audit.estimate().error()).isNaN();
        for (int i = 0; i < 100; i++) {
            assertThat(received.get(i).judge(0)).isEqualTo(i < 50 || i % 10 != 0);
        }
        Audit.Estimate whole = audit.estimate();
        assertThat(whole.error()).isEqualTo(0.05);
        assertThat(whole.judged()).isEqualTo(100);
        assertThat(whole.low()).isLessThan(0.05);
        assertThat(whole.high()).isBetween(0.05, 0.2);
        assertThat(whole.toString()).contains("0.0500 [", "of 100 kept answers");
        assertThatIllegalArgumentException().isThrownBy(() -> received.get(0).judge(1.5));
    }

    @Test
    void whatCannotBeJudgedCountsAgainstBothEnds() {
        Audit.Estimate[] estimates = new Audit.Estimate[2];
        for (int lost = 0; lost < 2; lost++) {
            List<AuditedAnswer> received = new ArrayList<>();
            Audit audit = Audit.share(1).executor(Runnable::run).to(received::add);
            Reply reply = small.answer("?");
            for (int i = 0; i < 200; i++) {
                audit.offer(Request.of("?"), reply);
                AuditedAnswer answer = received.get(i);
                if (lost == 1 && i % 4 == 0) {
                    answer.cannotBeJudged();
                } else {
                    answer.judge(i % 2);
                }
            }
            estimates[lost] = audit.estimate();
        }
        assertThat(estimates[1].missing()).isEqualTo(50);
        assertThat(estimates[1].error()).isEqualTo(0.75);
        assertThat(estimates[1].low()).isLessThanOrEqualTo(estimates[0].low());
        assertThat(estimates[1].high()).isGreaterThan(estimates[0].high());
    }

    @Test
    void refusesAShareOutOfRange() {
        for (double share : new double[] {0, -1, 1.1, Double.NaN}) {
            assertThatIllegalArgumentException().isThrownBy(() -> Audit.share(share));
        }
    }
}
