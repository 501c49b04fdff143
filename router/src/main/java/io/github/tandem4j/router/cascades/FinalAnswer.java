package io.github.tandem4j.router.cascades;

import io.github.tandem4j.Reply;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads what an answer comes to, so that two answers can be compared that reason in different words: the number behind a
 * last {@code ####} or in a last {@code \boxed{}}, the last number of a text of more than 40 words, the letter of {@code B:
 * 24} or {@code (B) 24}; else the whole text.
 */
final class FinalAnswer {

    private static final int LONG = 40;
    private static final int MOST_CHARACTERS = 100_000;
    private static final Pattern NUMBER = Pattern.compile("-?\\d[\\d,]*+(?:\\.\\d+)?");
    private static final Pattern BOXED = Pattern.compile("\\\\boxed\\{([^{}]{1,200})}");
    private static final Pattern LETTER = Pattern.compile("\\(?([A-Z])(?:[).:](?:\\s.*)?)?", Pattern.DOTALL);
    private static final Pattern WORD = Pattern.compile("\\S+");

    private FinalAnswer() {}

    static String of(Reply reply) {
        String text = reply.text().strip();
        if (text.length() > MOST_CHARACTERS) {
            text = text.substring(text.length() - MOST_CHARACTERS); // what it comes to stands at its end
        }
        String boxed = last(BOXED, text, 1);
        int mark = text.lastIndexOf("####");
        if (!boxed.isEmpty() || mark >= 0) {
            String marked = boxed.isEmpty() ? text.substring(mark) : boxed;
            String number = first(NUMBER, marked);
            return number.isEmpty() ? marked : plain(number);
        }
        Matcher letter = LETTER.matcher(text);
        if (letter.matches()) {
            return letter.group(1);
        }
        String number = WORD.matcher(text).results().skip(LONG).findAny().isPresent() ? last(NUMBER, text, 0) : "";
        return number.isEmpty() ? text : plain(number);
    }

    private static String plain(String number) {
        String digits = number.replace(",", "");
        return digits.contains(".") ? digits.replaceAll("0+$", "").replaceAll("\\.$", "") : digits;
    }

    private static String first(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        return matcher.find() ? matcher.group() : "";
    }

    private static String last(Pattern pattern, String text, int group) {
        Matcher matcher = pattern.matcher(text);
        String last = "";
        while (matcher.find()) {
            last = matcher.group(group);
        }
        return last;
    }
}
