package io.github.tandem4j.onnx.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Cuts a template into text, expressions and blocks, and those into names, numbers, strings and operators. */
final class JinjaLexer {
    enum Kind {
        TEXT,
        EXPRESSION_START,
        BLOCK_START,
        /** The end of either. */
        END,
        NAME,
        STRING,
        NUMBER,
        OPERATOR,
        /** The end of the template. */
        EOF
    }

    /**
     * A piece of the template.
     *
     * @param line counted from 1
     */
    record Token(Kind kind, String text, int line) {}

    private static final Set<String> TWO = Set.of("==", "!=", "<=", ">=", "//", "**");
    private static final Pattern RAW = Pattern.compile("\\{%[-+]?\\s*raw\\s*(-?)%\\}");
    private static final Pattern END_RAW = Pattern.compile("\\{%(-?)\\s*endraw\\s*(-?)%\\}");
    private static final String ONE = "+-*/%~|.,:()[]{}<>=";

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int at;
    private int counted;
    private int line = 1;

    JinjaLexer(String source) {
        // Jinja drops one newline at the end of a template.
        String normal = source.replace("\r\n", "\n");
        this.source = normal.endsWith("\n") ? normal.substring(0, normal.length() - 1) : normal;
    }

    List<Token> tokens() {
        boolean trimNext = false;
        boolean dropNewline = false;
        while (at < source.length()) {
            int tag = nextTag();
            String text = source.substring(at, tag);
            char kind = tag < source.length() ? source.charAt(tag + 1) : 0;
            char control = tag + 2 < source.length() ? source.charAt(tag + 2) : 0;
            addText(text, trimNext, dropNewline, kind, control);
            if (tag == source.length()) {
                break;
            }
            Matcher raw = RAW.matcher(source).region(tag, source.length());
            if (raw.lookingAt()) {
                // What is between is text, whatever it looks like.
                at = raw.end();
                Matcher end = END_RAW.matcher(source).region(at, source.length());
                if (!end.find()) {
                    throw new JinjaException("template ends inside a raw block; line " + line());
                }
                String inside = source.substring(at, end.start());
                inside = raw.group(1).isEmpty() ? inside : inside.stripLeading();
                inside = raw.group(1).isEmpty() && inside.startsWith("\n") ? inside.substring(1) : inside;
                inside = end.group(1).isEmpty() ? inside : inside.stripTrailing();
                tokens.add(new Token(Kind.TEXT, inside, line()));
                at = end.end();
                trimNext = !end.group(2).isEmpty();
                dropNewline = true;
                continue;
            }
            at = tag + 2;
            if (control == '-' || (control == '+' && kind != '#')) {
                at++;
            }
            String close = kind == '{' ? "}}" : kind == '%' ? "%}" : "#}";
            if (kind == '#') {
                at = find(close);
            } else {
                tokens.add(new Token(kind == '{' ? Kind.EXPRESSION_START : Kind.BLOCK_START, "", line()));
                inside(close);
                tokens.add(new Token(Kind.END, close, line()));
            }
            if (source.startsWith("-" + close, at)) {
                trimNext = true;
                at++;
            } else if (kind == '#') {
                trimNext = at > 0 && source.charAt(at - 1) == '-';
            } else {
                trimNext = false;
            }
            at += 2;
            dropNewline = kind != '{';
        }
        tokens.add(new Token(Kind.EOF, "the end of the template", line()));
        return tokens;
    }

    private int nextTag() {
        for (int i = source.indexOf('{', at); i >= 0 && i + 1 < source.length(); i = source.indexOf('{', i + 1)) {
            if ("{%#".indexOf(source.charAt(i + 1)) >= 0) {
                return i;
            }
        }
        return source.length();
    }

    /** Text between two tags: what is cut off its ends depends on both. */
    private void addText(String text, boolean trimStart, boolean dropNewline, char kind, char control) {
        String kept = text;
        if (trimStart) {
            kept = kept.stripLeading();
        } else if (dropNewline && kept.startsWith("\n")) {
            kept = kept.substring(1);
        }
        if (control == '-') {
            kept = kept.stripTrailing();
        } else if ((kind == '%' || kind == '#') && control != '+') {
            int end = kept.length();
            while (end > 0 && (kept.charAt(end - 1) == ' ' || kept.charAt(end - 1) == '\t')) {
                end--;
            }
            // Only what stands between a line's start and the tag is cut.
            boolean lineStart = end > 0 ? kept.charAt(end - 1) == '\n' : startsLine(text, kept);
            kept = lineStart ? kept.substring(0, end) : kept;
        }
        if (!kept.isEmpty()) {
            tokens.add(new Token(Kind.TEXT, kept, line()));
        }
    }

    private boolean startsLine(String text, String kept) {
        return at == 0 || (kept.length() < text.length() && text.charAt(text.length() - kept.length() - 1) == '\n');
    }

    private void inside(String close) {
        int depth = 0;
        while (true) {
            while (at < source.length() && Character.isWhitespace(source.charAt(at))) {
                at++;
            }
            if (at >= source.length()) {
                throw new JinjaException("template ends inside a tag; line " + line());
            }
            if (depth == 0 && (source.startsWith(close, at) || source.startsWith("-" + close, at))) {
                return;
            }
            char c = source.charAt(at);
            depth += c == '{' || c == '(' || c == '[' ? 1 : c == '}' || c == ')' || c == ']' ? -1 : 0;
            if (c == '\'' || c == '"') {
                string(c);
            } else if (Character.isDigit(c)) {
                number();
            } else if (Character.isLetter(c) || c == '_') {
                int start = at;
                while (at < source.length()
                        && (Character.isLetterOrDigit(source.charAt(at)) || source.charAt(at) == '_')) {
                    at++;
                }
                tokens.add(new Token(Kind.NAME, source.substring(start, at), line()));
            } else {
                operator();
            }
        }
    }

    private void operator() {
        String two = source.substring(at, Math.min(at + 2, source.length()));
        if (TWO.contains(two)) {
            tokens.add(new Token(Kind.OPERATOR, two, line()));
            at += 2;
        } else if (ONE.indexOf(source.charAt(at)) >= 0) {
            tokens.add(new Token(Kind.OPERATOR, source.substring(at, at + 1), line()));
            at++;
        } else {
            throw new JinjaException("template has '" + source.charAt(at) + "' in a tag; line " + line());
        }
    }

    private void number() {
        int start = at;
        digits();
        if (at + 1 < source.length() && source.charAt(at) == '.' && Character.isDigit(source.charAt(at + 1))) {
            at++;
            digits();
        }
        if (at < source.length() && (source.charAt(at) == 'e' || source.charAt(at) == 'E')) {
            int sign = at + 1 < source.length() && "+-".indexOf(source.charAt(at + 1)) >= 0 ? 1 : 0;
            if (at + 1 + sign < source.length() && Character.isDigit(source.charAt(at + 1 + sign))) {
                at += 1 + sign;
                digits();
            }
        }
        tokens.add(new Token(Kind.NUMBER, source.substring(start, at).replace("_", ""), line()));
    }

    private void digits() {
        while (at < source.length() && (Character.isDigit(source.charAt(at)) || isUnderscoreBetweenDigits())) {
            at++;
        }
    }

    private boolean isUnderscoreBetweenDigits() {
        return source.charAt(at) == '_' && at + 1 < source.length() && Character.isDigit(source.charAt(at + 1));
    }

    private void string(char quote) {
        StringBuilder text = new StringBuilder();
        int begun = line();
        for (at++; at < source.length(); at++) {
            char c = source.charAt(at);
            if (c == quote) {
                at++;
                tokens.add(new Token(Kind.STRING, text.toString(), begun));
                return;
            }
            if (c == '\\' && at + 1 < source.length()) {
                text.append(escaped(source.charAt(++at)));
            } else {
                text.append(c);
            }
        }
        throw new JinjaException("template ends inside a string that began in line " + begun);
    }

    private String escaped(char c) {
        return switch (c) {
            case 'n' -> "\n";
            case 't' -> "\t";
            case 'r' -> "\r";
            case '\\', '\'', '"' -> String.valueOf(c);
            case '\n' -> "";
            case 'u' -> {
                String hex = source.substring(at + 1, Math.min(at + 5, source.length()));
                if (!hex.matches("[0-9a-fA-F]{4}")) {
                    throw new JinjaException("template has a broken \\u escape; line " + line());
                }
                at += 4;
                yield String.valueOf((char) Integer.parseInt(hex, 16));
            }
            default -> "\\" + c;
        };
    }

    private int find(String close) {
        int end = source.indexOf(close, at);
        if (end < 0) {
            throw new JinjaException("template ends inside a comment; line " + line());
        }
        return end;
    }

    private int line() {
        for (; counted < Math.min(at, source.length()); counted++) {
            if (source.charAt(counted) == '\n') {
                line++;
            }
        }
        return line;
    }
}
