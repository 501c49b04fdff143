package io.github.tandem4j.router.features;

import java.lang.Character.UnicodeScript;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/** Thirty-two numbers of a text, from one pass over its characters and one over its words. */
final class TextSigns {

    static final int COUNT = 32;

    private static final Set<String> ASKS_WHAT = Set.of("what", "which", "who", "whom", "whose", "when", "where");
    private static final Set<String> ASKS_HOW = Set.of("how", "why");
    private static final Set<String> ASKS_WHETHER = Set.of(
            "is", "are", "was", "were", "do", "does", "did", "can", "could", "will", "would", "should", "has", "have");
    private static final Set<String> TELLS = Set.of(
            "write",
            "explain",
            "describe",
            "give",
            "list",
            "compare",
            "summarize",
            "translate",
            "implement",
            "solve",
            "prove",
            "find",
            "compute",
            "calculate",
            "evaluate",
            "determine",
            "show",
            "create",
            "design",
            "suppose");
    private static final Set<String> NEGATES = Set.of("not", "except", "never", "no", "none", "without", "cannot");
    private static final Set<String> LINKS = Set.of(
            "if",
            "then",
            "because",
            "therefore",
            "although",
            "however",
            "unless",
            "while",
            "after",
            "before",
            "than",
            "each",
            "every",
            "per",
            "total",
            "more",
            "less");
    private static final Set<String> STOPS = Set.of(
            "the", "a", "an", "of", "to", "in", "and", "that", "for", "on", "with", "as", "by", "at", "from", "it",
            "this", "be", "or", "his", "her", "he", "she", "they", "their", "you");

    private TextSigns() {}

    static float[] of(String text) {
        float[] signs = new float[COUNT];
        int length = Math.max(1, text.length());
        characters(text, signs, length);
        words(text, signs);
        signs[0] = log(text.length());
        return signs;
    }

    private static void characters(String text, float[] signs, int length) {
        int digits = 0;
        int upper = 0;
        int marks = 0;
        int foreign = 0;
        int mathematics = 0;
        int code = 0;
        int questions = 0;
        int lines = 1;
        int sentences = 0;
        int quotes = 0;
        int brackets = 0;
        int money = 0;
        int latex = 0;
        int options = 0;
        int cyrillic = 0;
        int chinese = 0;
        int letters = 0;
        char before = '\n';
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            char next = i + 1 < text.length() ? text.charAt(i + 1) : '\n';
            if (c < 128) {
                boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
                letters += letter ? 1 : 0;
                digits += c >= '0' && c <= '9' ? 1 : 0;
                upper += c >= 'A' && c <= 'Z' ? 1 : 0;
                marks += c > ' ' && !letter && !(c >= '0' && c <= '9') ? 1 : 0;
                options += (c == '.' || c == ')') && before >= 'A' && before <= 'J' ? 1 : 0;
            } else {
                foreign++;
                if (Character.isLetter(c)) {
                    letters++;
                    UnicodeScript script = UnicodeScript.of(c);
                    cyrillic += script == UnicodeScript.CYRILLIC || script == UnicodeScript.GREEK ? 1 : 0;
                    chinese += script == UnicodeScript.HAN
                                    || script == UnicodeScript.HIRAGANA
                                    || script == UnicodeScript.HANGUL
                            ? 1
                            : 0;
                }
            }
            switch (c) {
                case '+', '*', '/', '=', '^', '<', '>' -> mathematics++;
                case '{', '}', ';', '`', '#', '|' -> code++;
                case '?' -> questions++;
                case '\n' -> lines++;
                case '"', '\u201c', '\u201d' -> quotes++;
                case '(', '[' -> brackets++;
                case '$', '%', '\u20ac' -> money++;
                case '\\' -> latex++;
                case '.', '!' -> sentences += Character.isWhitespace(next) ? 1 : 0;
                default -> {}
            }
            before = c;
        }
        float share = 1f / length;
        signs[1] = log(lines);
        signs[2] = log(sentences + questions);
        signs[3] = digits * share;
        signs[4] = upper * share;
        signs[5] = marks * share;
        signs[6] = foreign * share;
        signs[7] = mathematics * share;
        signs[8] = code * share;
        signs[9] = log(questions);
        signs[10] = text.stripTrailing().endsWith("?") ? 1 : 0;
        signs[11] = log(quotes);
        signs[12] = log(brackets);
        signs[13] = log(money);
        signs[14] = log(latex);
        signs[15] = log(options);
        signs[16] = cyrillic * share;
        signs[17] = chinese * share;
        signs[18] = letters * share;
        signs[19] = log(mathematics + code);
    }

    private static void words(String text, float[] signs) {
        int words = 0;
        int numbers = 0;
        int stops = 0;
        int negations = 0;
        int links = 0;
        int longest = 0;
        int longWords = 0;
        int characters = 0;
        int largest = 0;
        String first = "";
        Set<String> distinct = new HashSet<>();
        int start = 0;
        while (start < text.length()) {
            if (!Character.isLetterOrDigit(text.charAt(start))) {
                start++;
                continue;
            }
            int end = start;
            boolean number = true;
            while (end < text.length() && Character.isLetterOrDigit(text.charAt(end))) {
                number &= Character.isDigit(text.charAt(end));
                end++;
            }
            String word = text.substring(start, end).toLowerCase(Locale.ROOT);
            first = words == 0 ? word : first;
            words++;
            if (number) {
                numbers++;
                largest = Math.max(largest, word.length());
            } else {
                characters += word.length();
                longest = Math.max(longest, word.length());
                longWords += word.length() > 8 ? 1 : 0;
            }
            distinct.add(word);
            stops += STOPS.contains(word) ? 1 : 0;
            negations += NEGATES.contains(word) ? 1 : 0;
            links += LINKS.contains(word) ? 1 : 0;
            start = end;
        }
        float share = 1f / Math.max(1, words);
        signs[20] = log(words);
        signs[21] = characters / (float) Math.max(1, words - numbers);
        signs[22] = log(longest);
        signs[23] = longWords * share;
        signs[24] = log(numbers);
        signs[25] = Math.min(12, largest); // longer ones are identifiers
        signs[26] = distinct.size() * share;
        signs[27] = stops * share;
        signs[28] = log(negations);
        signs[29] = log(links);
        signs[30] = ASKS_WHAT.contains(first) ? 1 : ASKS_HOW.contains(first) ? 2 : ASKS_WHETHER.contains(first) ? 3 : 0;
        signs[31] = TELLS.contains(first) ? 1 : 0;
    }

    private static float log(int count) {
        return (float) Math.log1p(count);
    }
}
