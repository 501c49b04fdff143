package io.github.tandem4j;

import dev.langchain4j.model.chat.response.ChatResponse;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What an endpoint has given to its sink: so that a model that does not stream is heard all the same, and once; that a
 * sink that threw fails the call even where the model's client swallows the exception; that nothing more is heard of a call
 * that was cancelled, though the model goes on; that a model on another thread is no longer heard when its call has ended
 * (a piece that is under way then is not waited for); and that a failure can say what had been heard.
 */
final class StreamedText {

    private static final TokenScores NOT_SCORED = TokenScores.of(new float[0]);

    private final String endpoint;
    private final CallContext context;
    private final TokenSink tokens;

    @SuppressWarnings("JdkObsolete") // written by the model's thread, which need not be the caller's, who reads it
    private final StringBuffer heard = new StringBuffer(0);

    private final AtomicLong scored = new AtomicLong();
    private volatile boolean given;
    private volatile boolean ended;
    private volatile @Nullable PluginException failure;

    StreamedText(String endpoint, CallContext context, TokenSink tokens) {
        this.endpoint = endpoint;
        this.context = context;
        this.tokens = tokens;
    }

    /** {@return {@link TokenSink#NONE} if nobody listens, so that the model need not stream} */
    TokenSink sink() {
        return sink(() -> {});
    }

    /**
     * {@return such a sink that asks before each piece whether the call may go on: a model may have more of its answer at
     * hand than a slow reader has time for}
     *
     * @param mayGoOn throws why not
     */
    TokenSink sink(Runnable mayGoOn) {
        return tokens == TokenSink.NONE ? tokens : new Listened(mayGoOn);
    }

    /** {@return whether whoever listens was given anything} */
    boolean wasHeard() {
        return given;
    }

    /** {@return all that whoever listens was given} */
    String heard() {
        return heard.toString();
    }

    /** {@return how many tokens that is: as many as came with scores, or an estimate} */
    long heardTokens() {
        long known = scored.get();
        return known > 0 ? known : TokenCount.estimate(heard()).tokens();
    }

    void finish(ChatResponse response) {
        String text = response.aiMessage().text();
        if (!given && text != null && tokens != TokenSink.NONE) {
            give(text, NOT_SCORED);
        }
    }

    void throwIfSinkThrew() {
        PluginException thrown = failure;
        if (thrown != null) {
            throw thrown;
        }
    }

    void end() {
        ended = true;
    }

    private void give(String text, TokenScores scores) {
        if (text.isEmpty()) {
            return;
        }
        throwIfSinkThrew();
        if (ended) {
            throw new CallCancelledException("call of " + endpoint + " has ended; nobody listens any more");
        }
        context.throwIfCancelled(endpoint);
        given = true;
        heard.append(text);
        try {
            if (scores.size() == 0) {
                tokens.accept(text);
            } else {
                scored.addAndGet(scores.size());
                tokens.accept(text, scores);
            }
        } catch (PluginException e) { // of a strategy around this endpoint, which has said it already
            failure = e;
            throw e;
        } catch (RuntimeException e) {
            PluginException thrown = new PluginException("token sink of the call of " + endpoint + " threw " + e, e);
            failure = thrown;
            throw thrown;
        }
    }

    private final class Listened implements TokenSink {

        private final Runnable mayGoOn;

        Listened(Runnable mayGoOn) {
            this.mayGoOn = mayGoOn;
        }

        @Override
        public void accept(String text) {
            accept(text, NOT_SCORED);
        }

        @Override
        public void accept(String text, TokenScores scores) {
            mayGoOn.run();
            give(text, scores);
        }
    }
}
