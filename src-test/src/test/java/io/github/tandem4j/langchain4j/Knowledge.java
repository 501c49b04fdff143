package io.github.tandem4j.langchain4j;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What the scripted model says where no tool and no format is asked for. */
final class Knowledge {

    private static final Pattern SUM = Pattern.compile("How much is (\\d+) \\+ (\\d+)");
    private static final Pattern GIVEN =
            Pattern.compile("Answer using the following information:\\s*(.*)", Pattern.DOTALL);
    private static final String STORY =
            "Once upon a time a fox, a hare and an old owl lived at the edge of a deep forest. "
                    + "Every evening the owl told the others what she had seen from the highest branch. ".repeat(12);

    private Knowledge() {}

    static String answer(Conversation conversation) {
        String question = conversation.question();
        if (!conversation.images().isEmpty()) {
            return "I see " + Pictures.describe(conversation.images()) + " in what I was shown.";
        }
        Matcher given = GIVEN.matcher(question);
        if (given.find()) {
            return "According to what I was given: " + given.group(1).strip();
        }
        if (conversation.system().contains("into German") && question.contains("I love you")) {
            return "Ich liebe dich.";
        }
        if (question.startsWith("Say '")) {
            return question.substring(5, question.lastIndexOf('\''));
        }
        if (question.contains("long story")) {
            return STORY;
        }
        return remembered(conversation, question)
                .or(() -> fact(question))
                .orElse("Hello, it is good to hear from you; what would you like to know today?");
    }

    /** {@return what the user told before: {@code my favorite color is green} answers {@code What is my favorite color?}} */
    private static Optional<String> remembered(Conversation conversation, String question) {
        Matcher asked = Pattern.compile("What is my ([a-z ]+)\\?").matcher(question);
        if (!asked.find()) {
            return Optional.empty();
        }
        String all = conversation.userSaid().stream()
                .collect(Collectors.joining("\n"))
                .toLowerCase(Locale.ROOT);
        Matcher told = Pattern.compile("my " + asked.group(1) + " is (\\w+)").matcher(all);
        return told.find() ? Optional.of("Your " + asked.group(1) + " is " + told.group(1) + ".") : Optional.empty();
    }

    /** {@return what it knows about the subject of the question} */
    static Optional<String> fact(String question) {
        if (!question.contains("capital of Germany")) {
            return Optional.empty();
        }
        Matcher sum = SUM.matcher(question);
        String capital = "The capital of Germany is Berlin.";
        return Optional.of(
                sum.find()
                        ? capital + " " + sum.group(1) + " + " + sum.group(2) + " is "
                                + (Integer.parseInt(sum.group(1)) + Integer.parseInt(sum.group(2))) + "."
                        : capital);
    }
}
