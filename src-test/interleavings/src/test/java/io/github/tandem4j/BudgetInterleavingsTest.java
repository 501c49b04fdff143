package io.github.tandem4j;

import java.util.List;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Test;

/**
 * The interleavings, up to a bound, of calls that reserve on budgets and settle, three threads at a time.
 *
 * <p>One budget is linearizable: it behaves as if the calls came one after the other. A call under several takes from one
 * and gives it back if there is none of the next, so a call beside it may be refused that some order would have let pass;
 * what must never happen in any interleaving is to exceed a limit, or to lose or make anything.
 */
class BudgetInterleavingsTest {

    @Test
    void aBudgetIsLinearizable() {
        Interleavings.options().check(OneBudget.class);
    }

    @Test
    void callsUnderSeveralBudgetsExceedNoneAndLoseNothing() {
        Interleavings.options().sequentialSpecification(Unordered.class).check(SeveralBudgets.class);
    }

    /** A budget of ten tokens, and calls of one to six. */
    @Param(name = "amount", gen = IntGen.class, conf = "1:6")
    public static class OneBudget {

        private final Budget budget = Budget.ofTokens(10);

        /** Reserves, and uses it up. */
        @Operation
        public boolean call(@Param(name = "amount") int amount) {
            return budget.reserve(Usd.ZERO, amount) == null;
        }

        /** Reserves, fails and gives it back: to those beside it either nothing has happened, or it is still under way. */
        @Operation
        public void giveBack(@Param(name = "amount") int amount) {
            budget.settle(Usd.ZERO, Usd.ZERO, amount, 0);
        }

        /** What nobody has. */
        @Operation
        public long free() {
            return budget.remainingTokens().orElseThrow();
        }
    }

    /** A budget of money, one of tokens, and a share of the latter, under which calls run at the same time. */
    @Param(name = "amount", gen = IntGen.class, conf = "1:6")
    public static class SeveralBudgets {

        private final Budget money = Budget.ofUsd(new Usd(10));
        private final Budget tokens = Budget.ofTokens(10);
        private final Budget share = tokens.share(2);

        /** A call under both; every second one fails and gives all back. */
        @Operation
        public void call(@Param(name = "amount") int amount) {
            spend(List.of(money, tokens), amount);
        }

        /** The same, with the share of the tokens. */
        @Operation
        public void callOfAShare(@Param(name = "amount") int amount) {
            spend(List.of(money, share), amount);
        }

        private void spend(List<Budget> budgets, int amount) {
            Usd price = new Usd(7 - amount);
            Admission plan = new Admission(Fixed.CHAT, price, amount, false);
            CallContext context = Fixed.UNLIMITED;
            for (Budget budget : budgets) {
                context = context.within(budget);
            }
            if (plan.reserve(context) == null) {
                requireWithinLimits();
                boolean fails = amount % 2 == 0;
                plan.settle(context, fails ? Usd.ZERO : price, fails ? 0 : amount);
            }
            requireWithinLimits();
        }

        private void requireWithinLimits() {
            if (tokens.remainingTokens().orElseThrow() < 0
                    || money.remaining().orElseThrow().nanos() < 0) {
                throw new IllegalStateException("overspent: " + money + ", " + tokens);
            }
        }

        /** Nothing is left reserved: what is not free was spent. */
        @Validate
        public void nothingIsLostOrMade() {
            if (money.spent().nanos() + money.remaining().orElseThrow().nanos() != 10) {
                throw new IllegalStateException("money is lost or made: " + money);
            }
            requireWithinLimits();
        }
    }

    /** Made outside of the interleavings. */
    private static final class Fixed {
        static final dev.langchain4j.model.chat.request.ChatRequest CHAT =
                Request.of("?").chat();
        static final CallContext UNLIMITED = CallContext.unlimited();
    }

    /** One after the other: nothing is returned that could differ. */
    public static class Unordered {

        /** Like {@link SeveralBudgets#call}. */
        public void call(int amount) {}

        /** Like {@link SeveralBudgets#callOfAShare}. */
        public void callOfAShare(int amount) {}
    }
}
