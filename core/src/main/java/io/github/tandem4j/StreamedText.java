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

    private final AtomicLong scoredTokens = new AtomicLong();
    private final AtomicLong unscoredBytes = new AtomicLong();
    private volatile boolean said;
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
        return tokens == TokenSink.NONE ? tokens : new Listened();
    }

    /** {@return whether whoever listens was given anything that cannot be taken back} */
    boolean wasHeard() {
        return given && !isHeldBack();
    }

    private boolean isHeldBack() {
        return tokens instanceof RevocableSink revocable && revocable.isHeldBack();
    }

    /** Takes back what one member has said, before another is asked in its place. */
    void startOver() {
        if (given && tokens instanceof RevocableSink revocable && revocable.isHeldBack()) {
            revocable.takeBack();
            given = false;
            heard.setLength(0);
        }
    }

    /** {@return whether the model has said anything, whether or not it was heard} */
    boolean wasSaid() {
        return said;
    }

    /** {@return all that whoever listens was given} */
    String heard() {
        return isHeldBack() ? "" : heard.toString();
    }

    /** {@return how many tokens were said: those that came with scores, and an estimate of the others} */
    long saidTokens() {
        return scoredTokens.get() + TokenCount.ofBytes(unscoredBytes.get());
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
        if (ended) {
            throw new CallCancelledException("call of " + endpoint + " has ended; nobody listens any more");
        }
        said = true;
        if (scores.size() == 0) {
            unscoredBytes.addAndGet(TokenCount.estimate(text).atMost());
        } else {
            scoredTokens.addAndGet(scores.size());
        }
        throwIfSinkThrew();
        // A model may have more of its answer at hand than a slow reader has time for.
        context.throwIfOver(endpoint);
        given = true;
        heard.append(text);
        try {
            if (scores.size() == 0) {
                tokens.accept(text);
            } else {
                tokens.accept(text, scores);
            }
        } catch (PluginException e) { // of a strategy around this endpoint, which has said it already
            failure = e;
            throw e;
        } catch (Exception e) { // a checked one too, which other languages throw as they please
            if (e instanceof DeadlineExceededException) { // of a strategy around, whose deadline is this call's too
                context.throwIfOver(endpoint);
            }
            context.throwIfCancelled(endpoint);
            PluginException thrown = new PluginException("token sink of the call of " + endpoint + " threw " + e, e);
            failure = thrown;
            throw thrown;
        }
    }

    private final class Listened implements RevocableSink {

        @Override
        public void accept(String text) {
            give(text, NOT_SCORED);
        }

        @Override
        public void accept(String text, TokenScores scores) {
            give(text, scores);
        }

        @Override
        public boolean isHeldBack() {
            return StreamedText.this.isHeldBack();
        }

        @Override
        public void takeBack() {
            startOver();
        }
    }
}
