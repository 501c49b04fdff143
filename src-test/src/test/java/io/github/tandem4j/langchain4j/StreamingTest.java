package io.github.tandem4j.langchain4j;

import static io.github.tandem4j.ModelCapability.TOOLS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.exception.NonRetriableException;
import dev.langchain4j.exception.RetriableException;
import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.model.chat.listener.ChatModelErrorContext;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import io.github.tandem4j.CallCancelledException;
import io.github.tandem4j.Cancellation;
import io.github.tandem4j.Completion;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.Reply;
import io.github.tandem4j.TransientException;
import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.cascade.Verdict;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What the handler of a streaming model is told, and what not. */
class StreamingTest {

    private final ExecutorService executor = Executors.newSingleThreadExecutor();

    /** Cancels at the second piece of text. */
    private static final class Canceller extends RecordingHandler {
        @Override
        void onPiece(String text, PartialResponseContext context) {
            if (events().size() == 2) {
                context.streamingHandle().cancel();
            }
        }
    }

    private void chatToItsEnd(ModelEndpoint endpoint, RecordingHandler handler) throws InterruptedException {
        endpoint.asStreamingChatModel(request -> request.executor(executor)).chat("Tell me a long story", handler);
        executor.shutdown();
        assertThat(executor.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void tellsNothingMoreOnceACallbackHasCancelledARouting() throws InterruptedException {
        Canceller handler = new Canceller();
        chatToItsEnd(Strategies.routing(), handler);

        assertThat(handler.events()).containsExactly("text Once", "text upon");
    }

    @Test
    void tellsNothingMoreOnceACallbackHasCancelledACascade() throws InterruptedException {
        Canceller handler = new Canceller();
        chatToItsEnd(Strategies.cascade(), handler);

        assertThat(handler.events()).containsExactly("text Once", "text upon");
    }

    @Test
    void tellsNothingMoreOfAModelThatHeedsNoCancellation() throws InterruptedException {
        Canceller handler = new Canceller();
        chatToItsEnd(ScriptedEndpoint.saying("deaf", "one two three four"), handler);

        assertThat(handler.events()).containsExactly("text one", "text two");
    }

    @Test
    void cancellationEndsAModelThatBlocks() throws InterruptedException {
        CountDownLatch interrupted = new CountDownLatch(1);
        ModelEndpoint slow = ScriptedEndpoint.named("slow")
                .plays((chat, context, tokens) -> {
                    tokens.accept("one ");
                    tokens.accept("two ");
                    try {
                        new CountDownLatch(1).await();
                    } catch (InterruptedException e) {
                        interrupted.countDown();
                        throw e;
                    }
                    return Completion.of("one two three");
                })
                .build();
        chatToItsEnd(slow, new Canceller());

        assertThat(interrupted.getCount()).isZero();
    }

    @Test
    void aCallThatItsRequestCancelsEndsWithAnError() throws Exception {
        Cancellation cancellation = Cancellation.create();
        RecordingHandler handler = new RecordingHandler() {
            @Override
            void onPiece(String text, PartialResponseContext context) {
                cancellation.cancel();
            }
        };
        Strategies.routing()
                .asStreamingChatModel(request -> request.cancelledBy(cancellation))
                .chat("Tell me a long story", handler);

        assertThat(handler.error())
                .isExactlyInstanceOf(NonRetriableException.class)
                .hasCauseInstanceOf(CallCancelledException.class);
        assertThat(handler.events()).containsExactly("text Once", "error NonRetriableException");
    }

    @Test
    void aCallThatFailsAfterItsFirstWordsEndsWithOneError() throws Exception {
        ModelEndpoint broken = ScriptedEndpoint.named("broken")
                .breaksAfter("Once ", () -> new TransientException("cut off", null))
                .build();
        RecordingHandler handler = new RecordingHandler();
        broken.asStreamingChatModel().chat("Tell me a long story", handler);

        assertThat(handler.error()).isExactlyInstanceOf(RetriableException.class);
        assertThat(handler.events()).containsExactly("text Once", "error RetriableException");
    }

    @Test
    void aDeadlineThatPassesInTheExecutorsQueueEndsTheCall() throws Exception {
        CountDownLatch busy = new CountDownLatch(1);
        executor.execute(() -> {
            try {
                busy.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        RecordingHandler handler = new RecordingHandler();
        Strategies.routing()
                .asStreamingChatModel()
                .limited(request -> request.executor(executor))
                .limited(request -> request.deadline(Duration.ofMillis(20)))
                .chat("hello", handler);

        assertThat(handler.error()).isExactlyInstanceOf(TimeoutException.class);
        busy.countDown();
        executor.shutdown();
        assertThat(executor.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        assertThat(handler.events()).containsExactly("error TimeoutException");
    }

    @Test
    void limitsThatThrowAreAnErrorOfTheCallThatListenersHear() throws Exception {
        List<Throwable> heard = new CopyOnWriteArrayList<>();
        RecordingHandler handler = new RecordingHandler();
        Strategies.routing()
                .asStreamingChatModel(request -> request.spendAtMost("much"))
                .listenedBy(new ChatModelListener() {
                    @Override
                    public void onError(ChatModelErrorContext context) {
                        heard.add(context.error());
                    }
                })
                .chat("hello", handler);

        assertThat(handler.error()).isInstanceOf(IllegalArgumentException.class);
        assertThat(heard).containsExactly(handler.error());
    }

    @Test
    void anErrorHandlerThatThrowsIsNotCalledAgain() throws InterruptedException {
        RecordingHandler handler = new RecordingHandler() {
            @Override
            public void onError(Throwable error) {
                super.onError(error);
                throw new IllegalStateException("in onError");
            }
        };
        chatToItsEnd(
                ScriptedEndpoint.named("busy")
                        .fails(() -> new TransientException("busy", null))
                        .build(),
                handler);

        assertThat(handler.events()).containsExactly("error RetriableException");
    }

    @Test
    void whatACallbackThrowsIsToldAndTheAnswerGoesOn() throws InterruptedException {
        RecordingHandler handler = new RecordingHandler() {
            @Override
            void onPiece(String text, PartialResponseContext context) {
                if (text.startsWith("one")) {
                    throw new IllegalStateException("in onPartialResponse");
                }
            }

            @Override
            public void onCompleteResponse(ChatResponse response) {
                super.onCompleteResponse(response);
                throw new AssertionError("in onCompleteResponse");
            }
        };
        chatToItsEnd(ScriptedEndpoint.saying("small", "one two"), handler);

        assertThat(handler.events())
                .containsExactly(
                        "text one", "error IllegalStateException", "text two", "complete", "error AssertionError");
    }

    @Test
    void thinkingAndToolCallsComeWhenTheAnswerIsWhole() throws Exception {
        ToolExecutionRequest first = ToolExecutionRequest.builder()
                .id("1")
                .name("first")
                .arguments("{}")
                .build();
        ToolExecutionRequest second = ToolExecutionRequest.builder()
                .id("2")
                .name("second")
                .arguments("{}")
                .build();
        ModelEndpoint thinker = ScriptedEndpoint.named("thinker")
                .profile(ModelProfile.local().can(TOOLS).build())
                .plays((chat, context, tokens) -> {
                    tokens.accept("Let me see.");
                    return Completion.of(ChatResponse.builder()
                            .aiMessage(AiMessage.builder()
                                    .text("Let me see.")
                                    .thinking("Two tools will do.")
                                    .toolExecutionRequests(List.of(first, second))
                                    .build())
                            .build());
                })
                .build();
        RecordingHandler handler = new RecordingHandler();
        thinker.asStreamingChatModel().chat("hello", handler);

        handler.response();
        assertThat(handler.events())
                .containsExactly(
                        "text Let me see.", "thinking Two tools will do.", "tool 0 first", "tool 1 second", "complete");
    }

    @Test
    void nothingIsHeardOfAnAnswerThatTheCascadeThrewAway() throws Exception {
        ModelEndpoint cascade = Cascade.startingWith(ScriptedEndpoint.saying("small", "wrong answer"))
                .keepWhen((request, reply) -> Verdict.defer("always"))
                .deferTo(ScriptedEndpoint.saying("large", "right answer"))
                .build();
        RecordingHandler handler = new RecordingHandler();
        cascade.asStreamingChatModel().chat("hello", handler);

        Reply reply = Reply.of(handler.response()).orElseThrow();
        assertThat(handler.events()).containsExactly("text right", "text answer", "complete");
        assertThat(reply.author()).isEqualTo("large");
        assertThat(reply.trace().find("small")).isPresent();
    }

    @Test
    void theEndIsToldOnTheThreadOfTheAnswerHoweverSoonItComes() throws Exception {
        ModelEndpoint quick = ScriptedEndpoint.saying("quick", "yes");
        for (int i = 0; i < 200; i++) {
            List<Thread> threads = new ArrayList<>();
            RecordingHandler handler = new RecordingHandler() {
                @Override
                void onPiece(String text, PartialResponseContext context) {
                    threads.add(Thread.currentThread());
                }

                @Override
                public void onCompleteResponse(ChatResponse response) {
                    threads.add(Thread.currentThread());
                    super.onCompleteResponse(response);
                }
            };
            quick.asStreamingChatModel().chat("hello", handler);
            handler.response();
            assertThat(threads.get(0)).isSameAs(threads.get(1)).isNotSameAs(Thread.currentThread());
        }
    }
}
