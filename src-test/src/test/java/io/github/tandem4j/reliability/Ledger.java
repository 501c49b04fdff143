package io.github.tandem4j.reliability;

import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The models' side of the account: which call asked which model how often, and what each whole answer is billed. */
final class Ledger {

    private static final Pattern QUESTION = Pattern.compile("Question (\\d+):");

    /** One whole answer. Nobody but the call's own account claims it, and that after all is quiet. */
    static final class Bill {
        private final int exchange;
        private final String model;
        private final int inputTokens;
        private final int outputTokens;
        private volatile boolean sent;
        private boolean claimed;

        private Bill(int exchange, String model, int inputTokens, int outputTokens) {
            this.exchange = exchange;
            this.model = model;
            this.inputTokens = inputTokens;
            this.outputTokens = outputTokens;
        }

        int exchange() {
            return exchange;
        }

        String model() {
            return model;
        }

        int inputTokens() {
            return inputTokens;
        }

        int outputTokens() {
            return outputTokens;
        }

        /** The model has given all of it away; what was begun and broke off is no whole answer. */
        void send() {
            sent = true;
        }

        boolean isOpen() {
            return sent && !claimed;
        }

        void claim() {
            claimed = true;
        }

        @Override
        public String toString() {
            return "exchange " + exchange + " with " + model + ", " + inputTokens + " in, " + outputTokens
                    + " out, sent " + sent + ", claimed " + claimed;
        }
    }

    private final Map<Integer, Map<String, AtomicInteger>> asked = new ConcurrentHashMap<>();
    private final Map<Integer, Queue<Bill>> bills = new ConcurrentHashMap<>();
    private final Map<Integer, Bill> byExchange = new ConcurrentHashMap<>();
    private final Queue<String> violations = new ConcurrentLinkedQueue<>();
    private final AtomicInteger exchanges = new AtomicInteger();

    /** The number of the call whose question this prompt holds; another call's words in it are a violation. */
    int callIn(String prompt) {
        Matcher question = QUESTION.matcher(prompt);
        int call = -1;
        while (question.find()) {
            int number = Integer.parseInt(question.group(1));
            if (call >= 0 && call != number) {
                violations.add("a prompt holds the questions of the calls " + call + " and " + number);
            }
            call = number;
        }
        if (call < 0) {
            violations.add("a prompt holds no question: " + prompt);
        }
        return call;
    }

    /** Notes that a call asks a model; how often it had before. */
    int ask(int call, String model) {
        return asked.computeIfAbsent(call, key -> new ConcurrentHashMap<>())
                .computeIfAbsent(model, key -> new AtomicInteger())
                .getAndIncrement();
    }

    int timesAsked(int call, String model) {
        AtomicInteger times = asked.getOrDefault(call, Map.of()).get(model);
        return times == null ? 0 : times.get();
    }

    /** A number for an exchange with a model of this process; the server's own are zero and up. */
    int nextExchange() {
        return exchanges.decrementAndGet();
    }

    /** Writes the bill of an answer that is about to be given. */
    Bill bill(int call, int exchange, String model, int inputTokens, int outputTokens) {
        Bill bill = new Bill(exchange, model, inputTokens, outputTokens);
        bills.computeIfAbsent(call, key -> new ConcurrentLinkedQueue<>()).add(bill);
        byExchange.put(exchange, bill);
        return bill;
    }

    Bill ofExchange(int exchange) {
        Bill bill = byExchange.get(exchange);
        if (bill == null) {
            throw new AssertionError("no model has made an exchange of the number " + exchange);
        }
        return bill;
    }

    List<Bill> billsOf(int call) {
        Queue<Bill> all = bills.get(call);
        return all == null ? List.of() : List.copyOf(all);
    }

    List<String> violations() {
        return List.copyOf(violations);
    }
}
