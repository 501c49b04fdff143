package io.github.tandem4j;

import dev.langchain4j.data.message.ChatMessage;
import java.util.List;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes what happens in a call to an SLF4J log: each endpoint that is asked and each decision at DEBUG, each reply at
 * INFO with its cost, each failure at WARN, and at DEBUG what was only stopped. Neither prompts nor answers are written, unless {@link #withTexts()} asks for
 * them; then at DEBUG. All that is written is shortened, and its line breaks and other control characters are escaped, so that
 * no text, and no failure that quotes one, can pass for a line of the log.
 *
 * <pre>{@code
 * assistant.answer(Request.of("…").listener(CallLog.create()));
 * }</pre>
 *
 * <p>Immutable and thread-safe.
 */
public final class CallLog implements CallListener {

    private static final int LONGEST_TEXT = 500;

    private final Logger log;
    private final boolean texts;

    private CallLog(Logger log, boolean texts) {
        this.log = log;
        this.texts = texts;
    }

    /** {@return a log of calls without their texts, to the logger {@code io.github.tandem4j.CallLog}} */
    public static CallLog create() {
        return to(LoggerFactory.getLogger(CallLog.class));
    }

    /** {@return a log of calls without their texts, to this logger} */
    public static CallLog to(Logger logger) {
        return new CallLog(Objects.requireNonNull(logger, "logger"), false);
    }

    /** {@return the same log, with the first 500 characters of prompts and answers: they may be private} */
    public CallLog withTexts() {
        return new CallLog(log, true);
    }

    @Override
    public void onStart(String endpoint, Request request) {
        if (!log.isDebugEnabled()) {
            return;
        }
        List<ChatMessage> messages = request.chat().messages();
        if (texts && !messages.isEmpty()) {
            log.debug(
                    "{} is asked; messages: {}, the last: {}",
                    endpoint,
                    messages.size(),
                    plain(String.valueOf(messages.get(messages.size() - 1))));
        } else {
            log.debug("{} is asked; messages: {}", endpoint, messages.size());
        }
    }

    @Override
    public void onDecision(String endpoint, Decision decision) {
        if (log.isDebugEnabled()) {
            log.debug("{} decided: {}", endpoint, plain(decision.toString()));
        }
    }

    @Override
    public void onReply(String endpoint, Reply reply) {
        if (log.isInfoEnabled()) {
            log.info("{} answered, {} [{}]", endpoint, plain(reply.confidence().toString()), reply.cost());
        }
        if (texts && log.isDebugEnabled()) {
            log.debug("{} said: {}", endpoint, plain(reply.text()));
        }
    }

    /** Without a stack trace: whoever called gets the exception. */
    @Override
    public void onError(String endpoint, TandemException failure) {
        String why = plain(failure.getClass().getSimpleName() + ": " + failure.getMessage());
        if (failure instanceof CallCancelledException) {
            log.debug("{} was stopped, {}", endpoint, why);
        } else {
            log.warn("{} failed, {}", endpoint, why);
        }
    }

    private static String plain(String text) {
        String start = text.length() <= LONGEST_TEXT ? text : text.substring(0, LONGEST_TEXT) + "…";
        StringBuilder plain = new StringBuilder(start.length() + 16);
        start.codePoints().forEach(c -> {
            int type = Character.getType(c);
            if (type == Character.CONTROL
                    || type == Character.FORMAT
                    || type == Character.LINE_SEPARATOR
                    || type == Character.PARAGRAPH_SEPARATOR
                    || type == Character.SURROGATE) {
                plain.append(String.format("\\u%04x", c));
            } else {
                plain.appendCodePoint(c);
            }
        });
        return plain.toString();
    }
}
