package io.github.tandem4j.router.online;

import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.StrategyCall;
import io.github.tandem4j.StrategyEndpoint;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.Trace;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** An endpoint whose calls a pacer counts. */
final class PacedEndpoint extends StrategyEndpoint {

    private final ModelEndpoint endpoint;
    private final BudgetPacer pacer;

    PacedEndpoint(ModelEndpoint endpoint, BudgetPacer pacer) {
        super(
                "paced " + endpoint.id(),
                "paced",
                List.of(Objects.requireNonNull(endpoint, "endpoint")),
                endpoint.profile());
        this.endpoint = endpoint;
        this.pacer = pacer;
    }

    @Override
    protected Reply conduct(StrategyCall call) {
        try {
            Reply reply = call.ask("paced", endpoint, call.request().chat(), call.tokens());
            pacer.count(reply.cost());
            return call.reply(reply);
        } catch (TandemException e) {
            e.trace().map(Trace::cost).ifPresent(pacer::count);
            throw e;
        }
    }

    @Override
    protected Optional<TandemException> refusalByMembers(Request request) {
        return endpoint.refusal(request);
    }

    @Override
    public <T> Optional<T> evidence(EvidenceKey<T> key, Request request) {
        return endpoint.evidence(key, request);
    }
}
