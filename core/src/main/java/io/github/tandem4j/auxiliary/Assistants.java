package io.github.tandem4j.auxiliary;

import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.tandem4j.Ballot;
import io.github.tandem4j.Confidence;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToDoubleBiFunction;

/** The usual assistants. */
public final class Assistants {

    private static final String HINT = "List, in a few short points, the facts and steps that a good answer to the "
            + "conversation above needs. Do not write the answer itself.";

    private Assistants() {}

    /**
     * {@return an assistant that asks a helper for the facts and steps that a good answer needs, and gives them to the
     * main endpoint as notes that may be wrong}
     */
    public static Assistant hintFrom(ModelEndpoint helper) {
        return Assistant.before((assistance, chat) -> {
            Reply hint = assistance.ask(helper, append(chat, UserMessage.from(HINT)));
            return hint.text().isBlank() ? chat : prepend(chat, note(helper, hint));
        });
    }

    /**
     * {@return an assistant that asks a verifier, which may be the main endpoint itself, whether the answer is true, and
     * takes its probability of saying so for the answer's confidence (Kadavath et al., Language Models (Mostly) Know What
     * They Know, 2022)}
     *
     * <p>The verifier sees the conversation, without tools and formats, and the proposed answer marked as data, and
     * replies with one token, the likeliest. The confidence is a raw score. Where the reply has that token's score
     * ({@link EvidenceKey#TOKEN_SCORES}), it is the token's probability p if it says true, and if it says false the most
     * that is left to true, the lesser of p and 1 - p. Where it has none, it is 1 or 0 by what is said. It is unknown if
     * the reply says neither, if the verifier failed, and, without asking it, if the answer is blank or was cut by its
     * limit of tokens. So the answer is never lost to its verification, and {@code reported().atLeast(t)} defers what
     * could not be verified. Whatever the verifier did counts as the call's cost. Heard through a sink, the answer comes
     * whole once it is verified.
     *
     * <p>A model that thinks before it speaks cannot say it in one token, and is no verifier. Nor is a very small one:
     * Kadavath et al. find the ability to grow with size.
     */
    public static Assistant verifiedBy(ModelEndpoint verifier) {
        return new SecondOpinion(
                "verifier", verifier, Verification::question, (answer, verdict) -> Verification.confidence(verdict));
    }

    /** {@return as {@link #agreementWith(ModelEndpoint, Function)}, comparing whole texts or tool calls} */
    public static Assistant agreementWith(ModelEndpoint other) {
        return agreementWith(other, Reply::text);
    }

    /**
     * {@return an assistant that asks another endpoint the same after the main one has answered; the answer's confidence
     * is 1 if they agree and 0 if not, a raw score}
     *
     * <p>Two answers agree if their {@link Ballot}s are equal; one of which nothing is read agrees with none. The
     * confidence is unknown if the other endpoint fails, and if either answer is blank or was cut by its limit of tokens;
     * the other one is not asked where it is the main endpoint's. The other's answer is never given to the caller, and its
     * cost counts. Heard through a sink, the answer comes whole once the other has answered.
     *
     * @param reading reads what is compared of each answer, such as its last line
     */
    public static Assistant agreementWith(ModelEndpoint other, Function<Reply, String> reading) {
        Objects.requireNonNull(reading, "reading");
        return similarityTo(
                other,
                "agreement with " + other.id(),
                (answer, second) -> agree(Ballot.of(answer, reading), Ballot.of(second, reading)) ? 1 : 0);
    }

    private static boolean agree(Optional<Ballot> one, Optional<Ballot> other) {
        return one.isPresent() && one.equals(other);
    }

    /**
     * {@return an assistant as {@link #agreementWith(ModelEndpoint, Function)} that says how much two answers agree}
     *
     * @param similarity of the main endpoint's answer and the other's, neither of them blank or cut: any finite number, the
     *     higher the more alike
     */
    public static Assistant similarityTo(ModelEndpoint other, ToDoubleBiFunction<Reply, Reply> similarity) {
        return similarityTo(other, "similarity to " + other.id(), Objects.requireNonNull(similarity, "similarity"));
    }

    private static Assistant similarityTo(
            ModelEndpoint other, String measure, ToDoubleBiFunction<Reply, Reply> similarity) {
        return new SecondOpinion(
                "other",
                other,
                (chat, answer) -> chat,
                (answer, second) -> Ballot.of(second).isEmpty()
                        ? Confidence.unknown("answer of " + other.id() + " " + SecondOpinion.flaw(second))
                        : Confidence.rawScore(similarity.applyAsDouble(answer, second), measure));
    }

    private static SystemMessage note(ModelEndpoint helper, Reply hint) {
        return SystemMessage.from("Notes by " + helper.id()
                + " on the next question; use what is right in them, and do " + "not mention them:\n" + hint.text());
    }

    private static ChatRequest append(ChatRequest chat, ChatMessage last) {
        List<ChatMessage> messages = new ArrayList<>(chat.messages());
        messages.add(last);
        // A helper has no use for the main endpoint's tools and formats.
        return ChatRequest.builder().messages(messages).build();
    }

    /** The note goes behind the caller's own system messages, which keep the first word. */
    private static ChatRequest prepend(ChatRequest chat, SystemMessage note) {
        List<ChatMessage> messages = new ArrayList<>(chat.messages());
        int at = 0;
        while (at < messages.size() && messages.get(at) instanceof SystemMessage) {
            at++;
        }
        messages.add(at, note);
        return ChatRequest.builder()
                .messages(messages)
                .parameters(chat.parameters())
                .build();
    }
}
