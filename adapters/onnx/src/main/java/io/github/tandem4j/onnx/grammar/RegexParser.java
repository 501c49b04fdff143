package io.github.tandem4j.onnx.grammar;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Reads the part of the regular expressions' syntax that a finite machine can follow, and refuses the rest by its index. */
final class RegexParser {
    private static final int LONGEST = 100_000;
    private static final int DEEPEST = 200;
    private static final int MOST_ROUNDS = 100_000;

    private final String source;
    private final Function<CodePoints, Node> characters;
    private int at;
    private int depth;

    RegexParser(String source, Function<CodePoints, Node> characters) {
        this.source = source;
        this.characters = characters;
        if (source.length() > LONGEST) {
            throw new IllegalArgumentException(
                    "regular expression has " + source.length() + " characters; valid: at most " + LONGEST);
        }
    }

    /** @param around what may stand where an alternative is not anchored */
    Regex parse(Regex around) {
        List<Regex> alternatives = new ArrayList<>();
        do {
            boolean fromStart = accept('^');
            Regex inside = sequence();
            boolean toEnd = accept('$');
            if (at < source.length() && peek() != '|') {
                throw refuse(at, toEnd ? "an end inside of an expression" : "an unmatched )", "$ at the end only");
            }
            Regex begun = fromStart ? inside : around.then(inside);
            alternatives.add(toEnd ? begun : begun.then(around));
        } while (accept('|'));
        return oneOf(alternatives);
    }

    private Regex alternatives() {
        List<Regex> alternatives = new ArrayList<>();
        do {
            alternatives.add(sequence());
        } while (accept('|'));
        return oneOf(alternatives);
    }

    private static Regex oneOf(List<Regex> all) {
        return new Regex(
                Node.choice(all.stream().map(Regex::node).toList()),
                all.stream().mapToLong(Regex::least).min().orElse(0),
                all.stream().mapToLong(Regex::most).max().orElse(0));
    }

    private Regex sequence() {
        List<Node> items = new ArrayList<>();
        Regex lengths = Regex.EMPTY;
        while (at < source.length() && "|)".indexOf(peek()) < 0 && !isEnd()) {
            Regex item = quantified();
            items.add(item.node());
            lengths = new Regex(Node.EMPTY, lengths.least(), lengths.most())
                    .then(new Regex(Node.NEVER, item.least(), item.most()));
        }
        return items.isEmpty()
                ? Regex.EMPTY
                : new Regex(Node.sequence(items.toArray(Node[]::new)), lengths.least(), lengths.most());
    }

    /** Anchors stand around alternatives of the whole; anywhere else they are refused. */
    private boolean isEnd() {
        if (peek() != '$') {
            return false;
        }
        if (depth > 0) {
            throw refuse(at, "an end inside of a group", "$ at the end of the whole");
        }
        return true;
    }

    private Regex quantified() {
        int start = at;
        Regex atom = atom();
        if (at == source.length() || "*+?{".indexOf(peek()) < 0) {
            return atom;
        }
        int quantifier = at;
        int from;
        int to;
        switch (next()) {
            case '*' -> {
                from = 0;
                to = Node.UNBOUNDED;
            }
            case '+' -> {
                from = 1;
                to = Node.UNBOUNDED;
            }
            case '?' -> {
                from = 0;
                to = 1;
            }
            default -> {
                from = number(quantifier);
                to = !accept(',') ? from : peekOr('}') == '}' ? Node.UNBOUNDED : number(quantifier);
                require('}', quantifier, "a repetition that does not end");
            }
        }
        if (to < from) {
            throw refuse(quantifier, "a repetition from " + from + " to " + to, "a lower and then a higher number");
        }
        if (accept('+')) {
            throw refuse(quantifier, "a possessive quantifier", "one without the second +");
        }
        accept('?'); // which says what to prefer, not what matches
        if (at < source.length() && "*+?{".indexOf(peek()) >= 0) {
            throw refuse(at, "a quantifier of a quantifier", "a group between them");
        }
        if (atom.least() == 0 && to != Node.UNBOUNDED && to > 1) {
            throw refuse(start, "a counted repetition of what may be empty", "a part that is not empty");
        }
        return atom.repeated(from, to);
    }

    private int number(int quantifier) {
        int start = at;
        int value = 0;
        while (at < source.length() && peek() >= '0' && peek() <= '9') {
            value = Math.min(MOST_ROUNDS + 1, value * 10 + next() - '0');
        }
        if (at == start || value > MOST_ROUNDS) {
            throw refuse(
                    quantifier,
                    at == start ? "a repetition without a number" : "a repetition of too many rounds",
                    "{2}, {2,} or {2,5} with at most " + MOST_ROUNDS);
        }
        return value;
    }

    private Regex atom() {
        int start = at;
        char c = next();
        switch (c) {
            case '(' -> {
                return group(start);
            }
            case '[' -> {
                return one(RegexClass.read(this, start), start);
            }
            case '.' -> {
                return one(Regex.DOT, start);
            }
            case '\\' -> {
                return one(RegexEscape.read(this, start, false), start);
            }
            case '^' -> throw refuse(start, "a beginning inside of an expression", "^ at the beginning of the whole");
            case '*', '+', '?', '{' -> throw refuse(start, "a quantifier of nothing", "\\" + c + " for the character");
            default -> {
                at = start;
                return one(CodePoints.of(codePoint()), start);
            }
        }
    }

    private Regex one(CodePoints set, int start) {
        if (set.isEmpty()) {
            throw refuse(start, "a class of no character", "one with a character");
        }
        return new Regex(characters.apply(set), 1, 1);
    }

    private Regex group(int start) {
        if (accept('?')) {
            if (isNext("<") && at + 1 < source.length() && Character.isLetter(source.charAt(at + 1))) {
                at++;
                while (at < source.length() && Character.isLetterOrDigit(peek())) {
                    at++;
                }
                require('>', start, "a group whose name does not end");
            } else if (!accept(':')) {
                throw refuse(start, "look-around or flags", "(..), (?:..) or (?<name>..)");
            }
        }
        if (++depth > DEEPEST) {
            throw refuse(start, "groups nested too deeply", "at most " + DEEPEST + " levels");
        }
        Regex inside = alternatives();
        depth--;
        require(')', start, "a group that does not end");
        return inside;
    }

    boolean hasNext() {
        return at < source.length();
    }

    char peek() {
        return source.charAt(at);
    }

    private char peekOr(char end) {
        return at < source.length() ? peek() : end;
    }

    char next() {
        return source.charAt(at++);
    }

    int index() {
        return at;
    }

    int codePoint() {
        int found = source.codePointAt(at);
        if (Character.charCount(found) == 1 && Character.isSurrogate((char) found)) {
            throw refuse(at, "half a surrogate pair", "a character");
        }
        at += Character.charCount(found);
        return found;
    }

    boolean isNext(String text) {
        return source.startsWith(text, at);
    }

    boolean accept(char c) {
        boolean is = at < source.length() && peek() == c;
        at += is ? 1 : 0;
        return is;
    }

    void require(char c, int start, String what) {
        if (!accept(c)) {
            throw refuse(start, what, "one that ends with " + c);
        }
    }

    IllegalArgumentException refuse(int index, String what, String valid) {
        return new IllegalArgumentException(
                "regular expression has " + what + " at index " + index + ": " + source + "; valid: " + valid);
    }
}
