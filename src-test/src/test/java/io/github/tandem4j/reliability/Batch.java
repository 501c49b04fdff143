package io.github.tandem4j.reliability;

import io.github.tandem4j.Budget;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Usd;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Some calls of some nestings over one server, made by several callers at once, and what is to be said of them. */
final class Batch implements AutoCloseable {

    private static final int NESTINGS = 40;
    private static final int DEEPEST = 3;
    private static final int CALLERS = 24;
    private static final long TOKENS = 20_000;

    private final Chance chance;
    private final boolean isStopped;
    private final Leaves leaves;
    private final List<Call> calls = new ArrayList<>();
    private final Budget plenty = Budget.ofUsd("1000");
    private final Budget scarce = Budget.ofUsd("0.02");
    private final Budget tokens = Budget.ofTokens(TOKENS);

    Batch(long seed, boolean isStopped, int size) {
        chance = new Chance(seed);
        this.isStopped = isStopped;
        leaves = new Leaves(chance);
        World world = new World(leaves, chance);
        List<ModelEndpoint> nestings = new ArrayList<>();
        for (int i = 0; i < NESTINGS; i++) {
            nestings.add(world.compose(DEEPEST));
        }
        for (int i = 0; i < size; i++) {
            calls.add(new Call(i, nestings.get(i % NESTINGS), isStopped, budget(i), leaves, chance));
        }
    }

    private @Nullable Budget budget(int call) {
        return switch (chance.of("budget", call).below(6)) {
            case 0, 1 -> plenty;
            case 2 -> scarce;
            case 3 -> tokens;
            case 4 -> Budget.ofUsd(new Usd(1_000L * chance.of("limit", call).below(20_000)));
            default -> null;
        };
    }

    Leaves leaves() {
        return leaves;
    }

    /** Makes all calls, and returns when all have ended. */
    void make() throws InterruptedException {
        ScheduledExecutorService stopper = Executors.newScheduledThreadPool(1, task -> new Thread(task, "stopper"));
        ExecutorService callers = Executors.newFixedThreadPool(CALLERS, task -> new Thread(task, "caller"));
        AtomicInteger next = new AtomicInteger();
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < CALLERS; i++) {
            all.add(callers.submit(() -> {
                for (int n = next.getAndIncrement(); n < calls.size(); n = next.getAndIncrement()) {
                    calls.get(n).make(stopper);
                }
                return null;
            }));
        }
        try {
            for (Future<?> caller : all) {
                caller.get();
            }
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause());
        } finally {
            stopper.shutdownNow();
            callers.shutdownNow();
        }
        if (!callers.awaitTermination(1, TimeUnit.MINUTES) || !stopper.awaitTermination(1, TimeUnit.MINUTES)) {
            throw new AssertionError("a caller is still at work");
        }
        Leftovers.awaitQuiet(leaves.server());
    }

    /** Adds what became of the calls to the figures, and everything that is wrong with them. */
    void audit(Figures figures) {
        for (Call call : calls) {
            Audit audit = new Audit(leaves.ledger(), call).make();
            figures.add(call, audit);
            if (!audit.violations().isEmpty()) {
                figures.violation("seed " + chance.seed() + ", stopped " + isStopped + ", " + call + ": "
                        + String.join("; ", audit.violations()) + "\n" + call.endpoint() + "\n"
                        + call.account().trace());
            }
        }
        leaves.ledger().violations().forEach(figures::violation);
        List.of(plenty, scarce, tokens).forEach(budget -> auditBudget(budget, figures));
        calls.stream()
                .map(Call::budget)
                .filter(budget -> budget != null && budget != plenty && budget != scarce && budget != tokens)
                .forEach(budget -> auditBudget(budget, figures));
    }

    /** All that is reserved has come back: what is left is the limit without what the calls on it cost. */
    private void auditBudget(Budget budget, Figures figures) {
        long usd = 0;
        long used = 0;
        for (Call call : calls) {
            var trace = call.account().trace();
            if (call.budget() == budget && trace != null) {
                usd += trace.cost().usd().nanos();
                used += trace.cost().tokens();
            }
        }
        String left = budget.toString();
        if (budget.remaining().isPresent()) {
            long remaining = budget.remaining().get().nanos();
            if (budget.spent().nanos() != usd || remaining < 0 || limit(budget) - usd != remaining) {
                figures.violation("seed " + chance.seed() + ": calls cost " + new Usd(usd) + ", the budget says that "
                        + budget.spent() + " is spent, " + left);
            }
        }
        if (budget.remainingTokens().isPresent()) {
            long remaining = budget.remainingTokens().getAsLong();
            if (remaining < 0 || TOKENS - used != remaining) {
                figures.violation("seed " + chance.seed() + ": calls used " + used + " tokens, " + left);
            }
        }
    }

    private static long limit(Budget budget) {
        String text = budget.toString();
        String limit = text.substring(text.indexOf(" of $") + 5, text.indexOf(" left]"));
        return Usd.of(limit).nanos();
    }

    /** Forgets the calls, but for weak references to requests and replies of some. */
    List<WeakReference<Object>> forget() {
        List<WeakReference<Object>> sample = new ArrayList<>();
        for (int i = 0; i < calls.size(); i += 7) {
            Object request = calls.get(i).request();
            if (request != null) {
                sample.add(new WeakReference<>(request));
            }
            calls.get(i).ends().forEach(end -> sample.add(new WeakReference<>(end)));
        }
        calls.clear();
        return sample;
    }

    @Override
    public void close() {
        leaves.close();
    }
}
