package io.github.tandem4j.reliability;

import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the models say: every answer tells which call it answers, which exchange it came of, and what it votes for. */
final class Answers {

    static final Pattern CALL = Pattern.compile("Answer to (\\d+):");
    static final Pattern EXCHANGE = Pattern.compile("in exchange (-?\\d+)\\.");

    private static final String VERIFICATION = "Reply with the letter A or B alone.";

    private Answers() {}

    static String question(int call, Chance chance) {
        return "Question " + call + ": which of the two is it, in a few words" + ", please".repeat(chance.below(20))
                + "?";
    }

    static boolean isVerification(String prompt) {
        return prompt.contains(VERIFICATION);
    }

    static String answer(int call, int exchange, Chance chance) {
        return "Answer to " + call + ": the " + (chance.below(3) == 0 ? "latter" : "former") + ", \u2713 \uD83D\uDC1D"
                + " indeed".repeat(chance.below(6)) + ", as said in exchange " + exchange + ".";
    }

    /** What voters compare: not the exchange, which is never the same. */
    static String vote(String answer) {
        return answer.contains("latter") ? "latter" : answer.contains("former") ? "former" : answer;
    }

    /** The exchange that a model's answer came of; empty for a verifier's, which is a letter. */
    static OptionalInt exchangeOf(String answer) {
        Matcher exchange = EXCHANGE.matcher(answer);
        return exchange.find() ? OptionalInt.of(Integer.parseInt(exchange.group(1))) : OptionalInt.empty();
    }
}
