package io.github.tandem4j.cli;

import java.util.List;

/**
 * One of the demo's questions.
 *
 * @param task what kind of work it is
 * @param prompt the question
 */
record DemoPrompt(String task, String prompt) {

    static final List<DemoPrompt> ALL = List.of(
            new DemoPrompt("fact", "What is the capital of France? Answer in one short sentence."),
            new DemoPrompt("fact", "In which year did Apollo 11 land on the Moon? Answer in one short sentence."),
            new DemoPrompt("arithmetic", "What is 17 + 25? Answer with the number only."),
            new DemoPrompt(
                    "word problem",
                    "A train leaves at 14:40 and arrives at 17:05. How many minutes does the journey take? "
                            + "Answer with the number only."),
            new DemoPrompt(
                    "classification",
                    "Is this review positive or negative? Answer with one word.\n"
                            + "Review: The battery died after two days and nobody answered my letters."),
            new DemoPrompt(
                    "extraction",
                    "Copy the e-mail address out of this text and write nothing else:\n"
                            + "Please write to Ms Alvarez (m.alvarez@example.org) before Friday."),
            new DemoPrompt("rewrite", "Rewrite politely in one sentence: Send me the report now, you are late again."),
            new DemoPrompt(
                    "summary",
                    "Summarise in one sentence: The town council met on Tuesday. It agreed to plant two hundred trees "
                            + "along the river, to close the old bridge to cars, and to ask the citizens about a new "
                            + "library in spring."),
            new DemoPrompt("translation", "Translate into German: Good morning, how are you?"),
            new DemoPrompt("code", "Write a Java method that returns the larger of two ints. Code only."),
            new DemoPrompt("list", "Name three primary colours. Answer with the names only."),
            new DemoPrompt(
                    "unanswerable", "What did I dream of last night? If you cannot know, say that you cannot know."));
}
