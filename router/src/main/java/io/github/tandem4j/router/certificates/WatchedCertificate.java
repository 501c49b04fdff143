package io.github.tandem4j.router.certificates;

import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.cascade.Guarantee;
import io.github.tandem4j.cascade.ReadingWishes;
import io.github.tandem4j.cascade.RunningJudge;
import io.github.tandem4j.cascade.Verdict;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A certificate that is watched: once its monitor has raised the alarm, it keeps nothing until that is reset, and says so.
 * A share of what it keeps may be {@linkplain #auditedBy audited}; the trace says of which answers. Thread-safe.
 */
public final class WatchedCertificate implements Guarantee {

    private final Certificate certificate;
    private final PromiseMonitor monitor;
    private final @Nullable Audit audit;

    WatchedCertificate(Certificate certificate, PromiseMonitor monitor, @Nullable Audit audit) {
        this.certificate = certificate;
        this.monitor = Objects.requireNonNull(monitor, "monitor");
        this.audit = audit;
    }

    /** {@return the same, with a share of what it keeps sent to be looked at} */
    public WatchedCertificate auditedBy(Audit chosen) {
        return new WatchedCertificate(certificate, monitor, Objects.requireNonNull(chosen, "audit"));
    }

    @Override
    public ReadingWishes wishes() {
        return certificate.wishes();
    }

    @Override
    public void requireStage(String cascade, ModelEndpoint stage) {
        certificate.requireStage(cascade, stage);
    }

    @Override
    public Verdict judge(Request request, Reply reply) {
        PromiseMonitor.Alarm alarm = monitor.alarm().orElse(null);
        if (alarm != null) {
            return Verdict.defer("alarm since " + alarm.at() + ", " + alarm.why());
        }
        Verdict verdict = certificate.judge(request, reply);
        if (audit == null || !verdict.keeps() || !audit.offer(request, reply)) {
            return verdict;
        }
        return new Verdict(
                true,
                verdict.why() + String.format(Locale.ROOT, ", audited with probability %.4g", audit.share()),
                verdict.confidence());
    }

    @Override
    public RunningJudge whileAnswering(Request request) {
        return certificate.whileAnswering(request);
    }

    @Override
    public String promise() {
        return certificate.promise();
    }

    @Override
    public String toString() {
        return certificate + " Watched: " + monitor + (audit == null ? "" : "; " + audit) + ".";
    }
}
