package io.github.tandem4j.onnx.tokenizer;

import java.util.Optional;

/**
 * Whether a regular expression of a tokenizer is one that can be trusted to a library that tries ways to match one after
 * another, and ends the process when it has tried too many. What published tokenizers have are alternatives of a few
 * character classes; an expression is of that kind if no repetition holds a choice or another repetition, nothing refers
 * back, in no branch more than one endless repetition stands before something that may fail, and what is optional,
 * repeated a few times or chosen makes up few ways. Then the ways are a few times as many as the text is long.
 */
final class PatternCheck {
    private static final int LONGEST = 4096;
    private static final int DEEPEST = 20;
    private static final int MOST_REPEATED = 64;
    private static final double MOST_WAYS = 1000;
    private static final String ESCAPED_LETTERS = "dDsSwWpPnrtfvaexuhHRX";

    private final String pattern;
    private int at;
    private int depth;

    private PatternCheck(String pattern) {
        this.pattern = pattern;
    }

    /**
     * A part of an expression.
     *
     * @param consumes whether it matches at least one character
     * @param endless how many endless repetitions stand in a row
     * @param before how many of them stand before something that may fail
     * @param ways in how many ways it can match, its endless repetitions aside
     */
    private record Part(boolean consumes, int endless, int before, double ways) {
        static final Part CHARACTER = new Part(true, 0, 0, 1);
        static final Part PLACE = new Part(false, 0, 0, 1);
    }

    private static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final String reason;

        Refused(String reason) {
            super(reason, null, false, false);
            this.reason = reason;
        }
    }

    /**
     * What speaks against an expression; empty if nothing does.
     *
     * @param mustConsume whether it may not match nothing
     */
    static Optional<String> check(String pattern, boolean mustConsume) {
        if (pattern.length() > LONGEST) {
            return Optional.of("has " + pattern.length() + " characters");
        }
        PatternCheck check = new PatternCheck(pattern);
        try {
            Part whole = check.alternatives();
            if (check.at < pattern.length()) {
                return Optional.of("has a parenthesis too many");
            }
            return mustConsume && !whole.consumes ? Optional.of("matches nothing at all") : Optional.empty();
        } catch (Refused e) {
            return Optional.of(e.reason);
        }
    }

    private Part alternatives() {
        if (++depth > DEEPEST) {
            throw new Refused("nests deeper than " + DEEPEST);
        }
        boolean consumes = true;
        int endless = 0;
        int before = 0;
        double ways = 0;
        do {
            Part branch = branch();
            consumes &= branch.consumes;
            endless = Math.max(endless, branch.endless);
            before = Math.max(before, branch.before);
            ways += branch.ways;
        } while (skip('|'));
        depth--;
        return new Part(consumes, endless, before, ways);
    }

    private Part branch() {
        boolean consumes = false;
        int endless = 0;
        int before = 0;
        double ways = 1;
        while (at < pattern.length() && pattern.charAt(at) != '|' && pattern.charAt(at) != ')') {
            boolean group = pattern.charAt(at) == '(';
            int start = at;
            Part atom = atom();
            boolean mayFail = atom.consumes || isZeroWidth(start);
            boolean repeats = false;
            boolean optional = false;
            if (at < pattern.length() && "*+?{".indexOf(pattern.charAt(at)) >= 0) {
                int[] bounds = quantifier();
                optional = bounds[0] == 0;
                repeats = bounds[1] > MOST_REPEATED;
                if (group && (bounds[1] > 1) && (repeats || atom.endless > 0)) {
                    throw new Refused("repeats a group");
                }
                ways *= repeats ? 1 : Math.pow(atom.ways, bounds[1]) * (bounds[1] - bounds[0] + 1);
            } else {
                ways *= atom.ways;
            }
            if (ways > MOST_WAYS) {
                throw new Refused("can match in more than " + (int) MOST_WAYS + " ways");
            }
            if (mayFail && !optional) {
                before = Math.max(before, endless + atom.before);
            }
            if (before > 1) {
                throw new Refused("has two endless repetitions before something that may fail");
            }
            endless += repeats ? 1 : atom.endless;
            consumes |= atom.consumes && !optional;
        }
        return new Part(consumes, endless, before, ways);
    }

    private boolean isZeroWidth(int start) {
        return pattern.startsWith("(?", start) || "^$\\".indexOf(pattern.charAt(start)) >= 0;
    }

    private Part atom() {
        char c = pattern.charAt(at++);
        switch (c) {
            case '(' -> {
                return group();
            }
            case '[' -> {
                characterClass();
                return Part.CHARACTER;
            }
            case '\\' -> {
                return escape();
            }
            case '^', '$' -> {
                return Part.PLACE;
            }
            case '*', '+', '?', '{' -> throw new Refused("repeats nothing");
            default -> {
                at += Character.isHighSurrogate(c) && at < pattern.length() ? 1 : 0;
                return Part.CHARACTER;
            }
        }
    }

    private Part group() {
        boolean look = pattern.startsWith("?=", at) || pattern.startsWith("?!", at);
        for (String opening : new String[] {"?=", "?!", "?i:", "?:", "?i)"}) {
            if (pattern.startsWith(opening, at)) {
                at += opening.length();
                if (opening.endsWith(")")) {
                    return Part.PLACE;
                }
                return closed(look);
            }
        }
        if (at < pattern.length() && (pattern.charAt(at) == '?' || pattern.charAt(at) == '*')) {
            throw new Refused("has a group of an unknown kind at " + at);
        }
        return closed(false);
    }

    private Part closed(boolean look) {
        Part inside = alternatives();
        if (!skip(')')) {
            throw new Refused("has a parenthesis too few");
        }
        if (look && inside.endless > 0) {
            throw new Refused("looks ahead without end");
        }
        return look ? new Part(false, 0, 0, inside.ways) : inside;
    }

    private void characterClass() {
        int open = 1;
        skip('^');
        skip(']');
        while (open > 0) {
            if (at >= pattern.length()) {
                throw new Refused("has a character class without an end");
            }
            char c = pattern.charAt(at++);
            if (c == '\\' && at < pattern.length()) {
                requireKnown(pattern.charAt(at++), "b");
            }
            open += c == '[' ? 1 : c == ']' ? -1 : 0;
        }
    }

    private Part escape() {
        if (at >= pattern.length()) {
            throw new Refused("ends with a backslash");
        }
        char c = pattern.charAt(at++);
        if ((c >= '1' && c <= '9') || c == 'k' || c == 'g') {
            throw new Refused("refers back");
        }
        if ("bBAzZG".indexOf(c) >= 0) {
            return Part.PLACE;
        }
        if ((c == 'p' || c == 'P' || c == 'x' || c == 'u') && at < pattern.length() && pattern.charAt(at) == '{') {
            int end = pattern.indexOf('}', at);
            if (end < 0) {
                throw new Refused("has a brace without an end");
            }
            at = end + 1;
        } else {
            requireKnown(c, "");
        }
        return Part.CHARACTER;
    }

    /** Others may take in what stands behind them, such as {@code \\c]}, so that the expression would be misread. */
    private static void requireKnown(char escaped, String others) {
        if (Character.isLetter(escaped) && (ESCAPED_LETTERS + others).indexOf(escaped) < 0) {
            throw new Refused("has the unknown escape \\" + escaped);
        }
    }

    /** The least and the most times that it says, the most {@link Integer#MAX_VALUE} if there is no end. */
    private int[] quantifier() {
        char c = pattern.charAt(at++);
        int least = c == '+' ? 1 : 0;
        int most = c == '?' ? 1 : Integer.MAX_VALUE;
        if (c == '{') {
            int end = pattern.indexOf('}', at);
            String[] bounds =
                    end < 0 ? new String[0] : pattern.substring(at, end).split(",", 2);
            if (end < 0 || !pattern.substring(at, end).matches("\\d{1,3}(,\\d{0,3})?")) {
                throw new Refused("has a repetition that is not of at most 999 times");
            }
            least = Integer.parseInt(bounds[0]);
            most = bounds.length == 1 ? least : bounds[1].isEmpty() ? Integer.MAX_VALUE : Integer.parseInt(bounds[1]);
            at = end + 1;
            if (skip('?') && least == most) {
                least = 0; // to the library {2}? is {2}, or nothing
            }
        } else if (!skip('?')) {
            skip('+'); // but not behind a brace, where it repeats the repetition
        }
        if (at < pattern.length() && "*+?{".indexOf(pattern.charAt(at)) >= 0) {
            throw new Refused("repeats a repetition");
        }
        return new int[] {least, most};
    }

    private boolean skip(char c) {
        boolean found = at < pattern.length() && pattern.charAt(at) == c;
        at += found ? 1 : 0;
        return found;
    }
}
