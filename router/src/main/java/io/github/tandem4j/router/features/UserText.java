package io.github.tandem4j.router.features;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import io.github.tandem4j.Request;

/**
 * Which text of a request is read: what its user wrote, all turns, one a line. So a recorded query and the request that is
 * routed later read alike, although the one has no system prompt, no answers and no tool results and the other may have.
 */
public final class UserText {

    /** Of a longer conversation the last so many characters are read. */
    static final int MOST_CHARACTERS = 1 << 16;

    private UserText() {}

    /** {@return the text of all user messages, one a line, of which the last 65,536 characters count; may be empty} */
    public static String of(Request request) {
        StringBuilder text = new StringBuilder();
        String between = "";
        for (ChatMessage message : request.chat().messages()) {
            if (message instanceof UserMessage user) {
                for (Content content : user.contents()) {
                    if (content instanceof TextContent part) {
                        text.append(between).append(part.text());
                        between = "\n";
                    }
                }
            }
        }
        int start = Math.max(0, text.length() - MOST_CHARACTERS);
        if (start > 0 && Character.isLowSurrogate(text.charAt(start))) {
            start++;
        }
        return text.substring(start);
    }
}
