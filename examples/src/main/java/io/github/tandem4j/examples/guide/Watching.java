package io.github.tandem4j.examples.guide;

import io.github.tandem4j.CallListener;
import io.github.tandem4j.CallLog;
import io.github.tandem4j.Cost;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.Trace;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** What is to be seen of calls. */
final class Watching {

    private Watching() {}

    static Reply logged(ModelEndpoint assistant, Request request) {
        // snippet: log
        Reply reply = assistant.answer(request.listener(CallLog.create()));
        // end
        return reply;
    }

    // snippet: meter
    /** Counts the calls of one endpoint, by whose words were given and by what failed. */
    static final class Meter implements CallListener {

        private final String counted;
        private final Map<String, LongAdder> calls = new ConcurrentHashMap<>();
        private final LongAdder nanoDollars = new LongAdder();

        Meter(ModelEndpoint counted) {
            this.counted = counted.id();
        }

        @Override
        public void onReply(String endpoint, Reply reply) {
            if (endpoint.equals(counted)) { // its members are told of too, and their cost is in its own
                count("answered by " + reply.author(), reply.cost());
            }
        }

        @Override
        public void onError(String endpoint, TandemException failure) {
            if (endpoint.equals(counted)) {
                count(
                        failure.getClass().getSimpleName(),
                        failure.trace().map(Trace::cost).orElse(Cost.NONE));
            }
        }

        private void count(String what, Cost cost) {
            calls.computeIfAbsent(what, key -> new LongAdder()).increment();
            nanoDollars.add(cost.usd().nanos());
        }

        Map<String, LongAdder> calls() {
            return calls;
        }

        long nanoDollars() {
            return nanoDollars.sum();
        }
    }
    // end

    static String explained(ModelEndpoint assistant, Request request) {
        // snippet: trace
        try {
            return assistant.answer(request).trace().toString();
        } catch (TandemException failure) {
            return failure.trace().map(Trace::toString).orElse("nobody was asked");
        }
        // end
    }
}
