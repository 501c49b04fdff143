package io.github.tandem4j.reliability;

import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.github.tandem4j.BudgetExceededException;
import io.github.tandem4j.CallCancelledException;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.Cost;
import io.github.tandem4j.DeadlineExceededException;
import io.github.tandem4j.EndpointClosedException;
import io.github.tandem4j.EndpointCost;
import io.github.tandem4j.PluginException;
import io.github.tandem4j.Price;
import io.github.tandem4j.PrivacyException;
import io.github.tandem4j.RejectedRequestException;
import io.github.tandem4j.Reply;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.TokenCount;
import io.github.tandem4j.Trace;
import java.net.http.HttpTimeoutException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.regex.Matcher;
import org.jspecify.annotations.Nullable;

/**
 * Holds a call's account against the models' ledger, when all is quiet.
 *
 * <p>Each call of a leaf that ended is one of these, to the token:
 *
 * <ul>
 *   <li>a reply, whose cost is the bill of exactly one answer, of that model to that call, sent whole, and claimed by
 *       nobody else;
 *   <li>a failure that costs such a bill: the answer was there when the call was stopped;
 *   <li>a failure that costs the estimate of what had been heard;
 *   <li>a failure of which nothing had been heard, and that costs nothing.
 * </ul>
 *
 * <p>One thing more may lose an answer: the JDK's HTTP client gives a connection back to its pool before it tells the end of
 * the body, and when the call that had it is stopped at that moment, closes it under the next call, which then hears that
 * its connection broke off before the first byte. Such calls are counted apart, and their failure may pass.
 *
 * <p>A whole answer that nobody claims is money that the library cannot know of. It must be one that a remote server sent
 * to a call of a leaf that was cut off from this side: by a cancellation, the deadline, a time or length limit of the
 * endpoint, or the sink; and there can be no more of them than there are such failures of that model in that call.
 */
final class Audit {

    private final Ledger ledger;
    private final Call call;
    private final List<String> violations = new ArrayList<>();
    private int unknown;
    private int cutOff;
    private int estimates;
    private int lostToOthers;

    Audit(Ledger ledger, Call call) {
        this.ledger = ledger;
        this.call = call;
    }

    /** What is wrong with the call, in words. */
    List<String> violations() {
        return violations;
    }

    /** How many whole answers nobody claims. */
    int unknown() {
        return unknown;
    }

    /** How many calls of leaves were cut off from this side. */
    int cutOff() {
        return cutOff;
    }

    /** How many whole answers were lost because another call on their connection was stopped. */
    int lostToOthers() {
        return lostToOthers;
    }

    /** How many calls of leaves were charged what was heard of them. */
    int estimates() {
        return estimates;
    }

    private void require(boolean holds, String otherwise) {
        if (!holds) {
            violations.add(otherwise);
        }
    }

    Audit make() {
        endsOnce();
        Object end = call.ends().isEmpty() ? null : call.ends().get(0);
        if (end instanceof Throwable failure) {
            auditFailure(failure);
        } else if (end != null) {
            auditReply(end);
        }
        require(
                call.sink().violations().isEmpty(),
                "its sink was " + call.sink().violations());
        leavesAreAccountedFor();
        traceHasAllCosts();
        return this;
    }

    private void endsOnce() {
        boolean mayBeUntold = call.stop() == Stop.HANDLE;
        require(
                call.ends().size() == 1 || (mayBeUntold && call.ends().isEmpty()),
                "its caller was told " + call.ends().size() + " ends: " + call.ends());
        require(!call.wasToldAfterHandle(), "its handler was told something after it had cancelled");
        Account account = call.account();
        require(account.timesBegun() <= 1, "it was begun " + account.timesBegun() + " times");
        require(
                account.timesBegun() == account.timesOver(),
                "begun " + account.timesBegun() + " times, it ended " + account.timesOver() + " times");
        require(account.stillRunning() == 0, account.stillRunning() + " calls of its endpoints never ended");
        require(account.runningWhenOver() == 0, account.runningWhenOver() + " calls of its endpoints outlived it");
    }

    // --- what the caller was told

    private void auditReply(Object end) {
        Reply reply = end instanceof ChatResponse response ? Reply.of(response).orElse(null) : (Reply) end;
        if (reply == null) {
            violations.add("its response knows no reply");
            return;
        }
        String text = reply.text();
        Matcher author = Answers.CALL.matcher(text);
        require(author.find(), "its answer does not say whose it is: " + text);
        author.reset();
        while (author.find()) {
            require(Integer.parseInt(author.group(1)) == call.number(), "it was given another call's answer: " + text);
        }
        if (call.way().isHeard()) {
            require(call.sink().text().equals(text), "heard was '" + call.sink().text() + "', answered '" + text + "'");
        }
        require(!call.sinkThrew(), "it answered, although its sink threw");
        require(reply.cost().equals(reply.trace().cost()), "its reply's cost is not its trace's");
    }

    private void auditFailure(Throwable told) {
        Throwable failure = told instanceof CompletionException ? told.getCause() : told;
        if (call.way() == Way.CHAT_MODEL || call.way() == Way.STREAMING_CHAT_MODEL) {
            failure = told instanceof TandemException ? told : told.getCause();
        }
        if (failure instanceof CancellationException) {
            require(call.stop() == Stop.FUTURE, "its future was cancelled, by nobody");
            return;
        }
        if (!(failure instanceof TandemException known)) {
            violations.add("it failed with " + told);
            return;
        }
        boolean begun = call.account().timesBegun() > 0;
        require(known.trace().isPresent() == begun, "begun: " + begun + "; its failure has a trace: " + !begun);
        if (call.way().isHeard()) {
            require(
                    known.heard().equals(call.sink().text()),
                    "heard was '" + call.sink().text() + "', its failure says '" + known.heard() + "'");
        } else {
            require(known.heard().isEmpty(), "nobody listened, and heard was '" + known.heard() + "'");
        }
        for (String number : numbersIn(known.heard())) {
            require(number.equals("" + call.number()), "it heard another call's answer: " + known.heard());
        }
        require(isToBeExpected(known), "it failed with " + known);
    }

    private static Set<String> numbersIn(String text) {
        Set<String> numbers = new HashSet<>();
        Matcher author = Answers.CALL.matcher(text);
        while (author.find()) {
            numbers.add(author.group(1));
        }
        return numbers;
    }

    private boolean isToBeExpected(TandemException failure) {
        if (failure instanceof CallCancelledException) {
            return call.stop() != Stop.NONE && call.stop() != Stop.DEADLINE && call.stop() != Stop.SINK_THROWS;
        }
        if (failure instanceof DeadlineExceededException) {
            return !call.lateness().isNegative();
        }
        if (failure instanceof PluginException) {
            return call.sinkThrew();
        }
        if (failure instanceof BudgetExceededException) {
            return call.budget() != null;
        }
        return !(failure instanceof PrivacyException
                || failure instanceof RejectedRequestException
                || failure instanceof EndpointClosedException);
    }

    // --- what it cost

    private void leavesAreAccountedFor() {
        List<Ledger.Bill> bills = ledger.billsOf(call.number());
        Map<String, Integer> cut = new HashMap<>();
        Map<String, Integer> closedByOthers = new HashMap<>();
        Set<String> asked = new HashSet<>();
        for (Account.LeafEnd end : call.account().leafEnds()) {
            asked.add(end.leaf().id());
            if (end.reply() != null) {
                auditLeafReply(end, end.reply(), bills);
            }
        }
        for (Account.LeafEnd end : call.account().leafEnds()) { // after the replies, which name their exchanges
            if (end.failure() != null) {
                auditLeafFailure(end, end.failure(), bills);
                if (isCutOff(end.failure())) {
                    cutOff++;
                    cut.merge(end.leaf().id(), 1, Integer::sum);
                } else if (end.failure().isRetriable()
                        && String.valueOf(end.failure().getMessage()).contains("header parser received no bytes")) {
                    closedByOthers.merge(end.leaf().id(), 1, Integer::sum);
                }
            }
        }
        for (String leaf : asked) {
            int calls = call.account().timesBegun(leaf);
            require(
                    ledger.timesAsked(call.number(), leaf) <= calls,
                    leaf + " was asked " + ledger.timesAsked(call.number(), leaf) + " times in " + calls + " calls");
            long unclaimed = bills.stream()
                    .filter(bill -> bill.model().equals(leaf) && bill.isOpen())
                    .count();
            unknown += (int) unclaimed;
            int ownCut = cut.getOrDefault(leaf, 0);
            lostToOthers += (int) Math.max(0, unclaimed - ownCut);
            int most = leaf.startsWith("local") ? 0 : ownCut + closedByOthers.getOrDefault(leaf, 0);
            require(
                    unclaimed <= most,
                    leaf + " sent " + unclaimed + " whole answers that nobody paid, and " + most + " were cut off");
        }
        require(
                bills.stream().allMatch(bill -> asked.contains(bill.model())),
                "a model was asked of which no listener was told");
    }

    private void auditLeafReply(Account.LeafEnd end, Reply reply, List<Ledger.Bill> bills) {
        var exchange = Answers.exchangeOf(reply.text());
        Ledger.Bill bill = exchange.isPresent()
                ? bills.stream()
                        .filter(one -> one.exchange() == exchange.getAsInt())
                        .findFirst()
                        .orElse(null)
                : openBill(end, bills);
        if (bill == null || !bill.isOpen() || !bill.model().equals(end.leaf().id()) || !isCostOf(bill, end)) {
            violations.add("reply of " + end.leaf().id() + " is of no answer that is open: " + reply.text() + ", "
                    + end.cost() + ", " + bill);
        } else {
            bill.claim();
        }
    }

    private void auditLeafFailure(Account.LeafEnd end, TandemException failure, List<Ledger.Bill> bills) {
        if (end.cost().byEndpoint().isEmpty()) {
            require(
                    end.heard().isEmpty(),
                    "failure of " + end.leaf().id() + " was heard and costs nothing: " + failure);
            return;
        }
        Ledger.Bill bill = openBill(end, bills);
        if (bill != null) {
            bill.claim();
        } else if (isEstimate(end, failure)) {
            estimates++;
        } else {
            violations.add("failure of " + end.leaf().id() + " costs what was not heard of it, " + end.cost() + ": "
                    + failure);
        }
    }

    private static Ledger.@Nullable Bill openBill(Account.LeafEnd end, List<Ledger.Bill> bills) {
        return bills.stream()
                .filter(bill -> bill.isOpen() && bill.model().equals(end.leaf().id()) && isCostOf(bill, end))
                .findFirst()
                .orElse(null);
    }

    private static boolean isCostOf(Ledger.Bill bill, Account.LeafEnd end) {
        return isCostOf(bill.inputTokens(), bill.outputTokens(), end);
    }

    private static boolean isCostOf(long input, long output, Account.LeafEnd end) {
        Price price = end.leaf().profile().price().orElseThrow();
        Cost cost = end.cost();
        if (cost.byEndpoint().size() != 1) {
            return false;
        }
        EndpointCost entry = cost.byEndpoint().get(0);
        return entry.endpoint().equals(end.leaf().id())
                && entry.calls() == 1
                && entry.inputTokens() == input
                && entry.outputTokens() == output
                && entry.usd().equals(price.of(input, output));
    }

    /**
     * As many tokens as came with scores, or as the text is estimated to have, but no more than could be asked for. What was
     * said while a cascade held it back, or when the call was over already, is paid for though it was not heard: of that,
     * only the bounds are known.
     */
    private boolean isEstimate(Account.LeafEnd end, TandemException failure) {
        if (end.request() == null) {
            return false;
        }
        ChatRequest chat = end.request().chat();
        Integer own = chat.maxOutputTokens();
        long longest = own == null ? end.leaf().profile().maxOutputTokens().orElseThrow() : own;
        long scored = end.heard().isEmpty() ? 0 : Math.min(longest, end.heard().split("(?<= )").length);
        long estimated = Math.min(longest, TokenCount.estimate(end.heard()).tokens());
        long output = end.cost().outputTokens();
        boolean isCapped = call.budget() != null && output >= 1 && output < Math.max(scored, estimated);
        boolean saidMore = (end.heard().isEmpty() || isCutOff(failure))
                && output > Math.min(scored, estimated)
                && output <= longest;
        return isCostOf(TokenCount.estimate(chat).tokens(), output, end)
                && (output == scored || output == estimated || isCapped || saidMore);
    }

    /** Whether the answer may have been on its way when this side gave up. */
    private static boolean isCutOff(TandemException failure) {
        if (failure instanceof CallCancelledException
                || failure instanceof DeadlineExceededException
                || failure instanceof PluginException) {
            return true;
        }
        return failure.getCause() instanceof HttpTimeoutException
                || (failure instanceof ConfigurationException
                        && String.valueOf(failure.getMessage()).contains("bytes, which is the limit"));
    }

    private void traceHasAllCosts() {
        Trace trace = call.account().trace();
        if (trace == null) {
            require(call.account().timesBegun() == 0, "it has no trace");
            return;
        }
        Map<String, String> told = counted(List.of(trace.cost()));
        Map<String, String> spent = counted(
                call.account().leafEnds().stream().map(Account.LeafEnd::cost).toList());
        require(told.equals(spent), "its trace says that it cost " + told + ", its leaves say " + spent);
    }

    private static Map<String, String> counted(List<Cost> costs) {
        Map<String, String> map = new TreeMap<>();
        Cost.sum(costs)
                .byEndpoint()
                .forEach(entry -> map.put(
                        entry.endpoint(),
                        entry.calls() + " for " + entry.usd() + ", " + entry.inputTokens() + " in, "
                                + entry.outputTokens() + " out"));
        return map;
    }
}
