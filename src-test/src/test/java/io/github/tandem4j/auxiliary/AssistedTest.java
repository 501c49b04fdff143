package io.github.tandem4j.auxiliary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.github.tandem4j.Confidence;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.PluginException;
import io.github.tandem4j.PrivacyException;
import io.github.tandem4j.PrivacyLabel;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.testkit.RecordingSink;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import org.junit.jupiter.api.Test;

class AssistedTest {

    private static final Assistant MASK = Assistant.masking(assistance -> {
        Reply reply = assistance.proceed(chat("Who is PERSON_1?"));
        return assistance.reply(reply, response(reply.text().replace("PERSON_1", "Ann")));
    });

    private final ScriptedEndpoint main = ScriptedEndpoint.named("main")
            .profile(ModelProfile.remote().build())
            .says("PERSON_1 is a friend")
            .build();

    private static ChatRequest chat(String text) {
        return ChatRequest.builder().messages(UserMessage.from(text)).build();
    }

    private static ChatResponse response(String text) {
        return ChatResponse.builder().aiMessage(AiMessage.from(text)).build();
    }

    @Test
    void aMaskedRequestTravelsOnlyBehindAnAssistantThatMasks() {
        Request secret = Request.of("Who is Ann?").label(PrivacyLabel.MASKED_ONLY);
        assertThatThrownBy(() -> main.answer(secret))
                .isInstanceOf(PrivacyException.class)
                .hasMessageContaining("no assistant that masks stands before the remote main");
        Assisted unmasked = Assisted.endpoint(main)
                .by(assistance -> assistance.answer(assistance.chat()))
                .build();
        assertThatThrownBy(() -> unmasked.answer(secret)).isInstanceOf(PrivacyException.class);
        assertThat(unmasked.refusal(secret)).isPresent();
        assertThat(main.calls()).isZero();

        Assisted masked = Assisted.endpoint(main).by(MASK).build();
        assertThat(masked.refusal(secret)).isEmpty();
        assertThat(masked.answer(secret).text()).isEqualTo("Ann is a friend");
        assertThat(main.asked()).containsExactly(chat("Who is PERSON_1?"));
        assertThat(masked.refusal(Request.of("?").label(PrivacyLabel.LOCAL_ONLY)))
                .as("masking is not enough for what must stay local")
                .isPresent();
    }

    @Test
    void aHelperOutsideTheMaskSeesNothingAndOneBehindItOnlyWhatIsMasked() {
        ScriptedEndpoint helper = ScriptedEndpoint.named("helper")
                .profile(ModelProfile.remote().build())
                .says("a hint")
                .build();
        Request secret = Request.of("Who is Ann?").label(PrivacyLabel.MASKED_ONLY);
        Assistant nosy = assistance -> {
            assistance.ask(helper, assistance.request().chat());
            return assistance.answer(assistance.chat());
        };
        Assistant quiet = Assistant.masking(assistance -> assistance.answer(chat("Who is PERSON_1?")));
        assertThatThrownBy(
                        () -> Assisted.endpoint(main).by(nosy).by(quiet).build().answer(secret))
                .isInstanceOf(PrivacyException.class)
                .hasMessageContaining("helper");
        assertThat(helper.calls()).isZero();
        Assisted.endpoint(main).by(quiet).by(nosy).build().answer(secret);
        assertThat(helper.asked()).containsExactly(chat("Who is PERSON_1?"));
    }

    @Test
    void assistantsStandOutermostFirst() {
        Assistant shout = Assistant.before((assistance, chat) -> chat("loud"));
        Assistant whisper = Assistant.before((assistance, chat) -> chat("hush"));
        Assisted.endpoint(main).by(shout).by(whisper).build().answer("?");
        assertThat(main.asked()).containsExactly(chat("hush"));
    }

    @Test
    void aHintIsANoteBehindTheSystemMessages() {
        ScriptedEndpoint hinter = ScriptedEndpoint.saying("hinter", "- it is round");
        Request request = Request.of(ChatRequest.builder()
                .messages(SystemMessage.from("Be brief."), UserMessage.from("What is the moon?"))
                .build());
        Reply reply =
                Assisted.endpoint(main).by(Assistants.hintFrom(hinter)).build().answer(request);
        assertThat(main.asked().get(0).messages().get(0)).isEqualTo(SystemMessage.from("Be brief."));
        assertThat(((SystemMessage) main.asked().get(0).messages().get(1)).text())
                .contains("- it is round");
        assertThat(reply.cost().calls()).isEqualTo(2);
        assertThat(reply.trace().toString()).contains("helper: hinter");
    }

    @Test
    void anAnswerThatIsHandedOnIsHeardAsItComesAndAChangedOneWhole() {
        RecordingSink asItComes = new RecordingSink();
        Assisted.endpoint(main)
                .by(assistance -> assistance.answer(assistance.chat()))
                .build()
                .answer(Request.of("?"), asItComes);
        assertThat(asItComes.pieces()).containsExactly("PERSON_1 ", "is ", "a ", "friend");
        RecordingSink whole = new RecordingSink();
        Reply changed = Assisted.endpoint(main)
                .by(Assistant.after((assistance, reply) -> response("changed")))
                .build()
                .answer(Request.of("?"), whole);
        assertThat(whole.pieces()).containsExactly("changed");
        assertThat(changed.author()).isEqualTo("assisted");
        assertThat(changed.confidence().toString()).contains("answer was changed");
    }

    @Test
    void anAnswerThatNobodyHeardIsDeliveredOnce() {
        RecordingSink proceeded = new RecordingSink();
        Reply reply = Assisted.endpoint(main)
                .by(assistance -> assistance.proceed(assistance.chat()))
                .build()
                .answer(Request.of("?"), proceeded);
        assertThat(proceeded.text()).isEqualTo(reply.text()).isNotEmpty();
        RecordingSink repeated = new RecordingSink();
        Assisted.endpoint(main)
                .by(assistance -> {
                    Reply heard = assistance.answer(assistance.chat());
                    return assistance.reply(heard, heard.response());
                })
                .build()
                .answer(Request.of("?"), repeated);
        assertThat(repeated.text()).isEqualTo("PERSON_1 is a friend");
    }

    @Test
    void anAnswerThatWasHeardCannotBeChangedOrAskedForAgain() {
        RecordingSink sink = new RecordingSink();
        assertThatThrownBy(() -> Assisted.endpoint(main)
                        .by(assistance -> {
                            Reply heard = assistance.answer(assistance.chat());
                            return assistance.reply(heard, response("changed"));
                        })
                        .build()
                        .answer(Request.of("?"), sink))
                .isInstanceOf(PluginException.class)
                .hasMessageContaining("changes the answer after one was heard");
        assertThat(sink.text()).isEqualTo("PERSON_1 is a friend");
        assertThatThrownBy(() -> Assisted.endpoint(main)
                        .by(assistance -> {
                            assistance.answer(assistance.chat());
                            return assistance.answer(assistance.chat());
                        })
                        .build()
                        .answer(Request.of("?"), new RecordingSink()))
                .isInstanceOf(PluginException.class)
                .hasMessageContaining("asks for another answer");
        assertHeardAnswerStays(assistance -> {
            assistance.answer(assistance.chat());
            return assistance.proceed(chat("!"));
        });
        assertHeardAnswerStays(assistance -> {
            assistance.answer(assistance.chat());
            return assistance.reply(assistance.proceed(chat("!")), Confidence.rawScore(1, "zeal"));
        });
        assertHeardAnswerStays(assistance -> {
            assistance.answer(assistance.chat());
            Reply other = assistance.proceed(chat("!"));
            return assistance.reply(other, other.response());
        });
    }

    private static void assertHeardAnswerStays(Assistant fickle) {
        ScriptedEndpoint two =
                ScriptedEndpoint.named("two").says("first", "second").build();
        RecordingSink sink = new RecordingSink();
        assertThatThrownBy(() -> Assisted.endpoint(two).by(fickle).build().answer(Request.of("?"), sink))
                .isInstanceOf(PluginException.class)
                .hasMessageContaining("gives another answer after one was heard");
        assertThat(sink.text()).isEqualTo("first");
        assertThat(two.calls()).isEqualTo(2);
    }

    @Test
    void anAnswerThatWasHeardMayBeGivenWithAnotherConfidence() {
        RecordingSink sink = new RecordingSink();
        Assistant sure =
                assistance -> assistance.reply(assistance.answer(assistance.chat()), Confidence.rawScore(1, "faith"));
        Reply reply = Assisted.endpoint(main).by(sure).by(sure).build().answer(Request.of("?"), sink);
        assertThat(reply.text()).isEqualTo(sink.text()).isEqualTo("PERSON_1 is a friend");
        assertThat(reply.confidence()).hasToString("faith 1.00");
    }

    @Test
    void anAssistantMayAnswerItself() {
        Reply reply = Assisted.endpoint(main)
                .by(assistance -> assistance.reply(response("No.")))
                .named("guarded")
                .build()
                .answer("?");
        assertThat(reply.text()).isEqualTo("No.");
        assertThat(reply.author()).isEqualTo("guarded");
        assertThat(reply.cost().calls()).isZero();
        assertThat(main.calls()).isZero();
    }

    @Test
    void anAssistantMayShortenWhatIsTooLong() {
        ScriptedEndpoint narrow = ScriptedEndpoint.named("narrow")
                .profile(ModelProfile.local().contextWindow(100).build())
                .says("short")
                .build();
        Assisted compressing = Assisted.endpoint(narrow)
                .by(Assistant.before((assistance, chat) -> chat("?")))
                .build();
        Request enormous = Request.of("word ".repeat(10_000));
        assertThat(compressing.refusal(enormous)).isEmpty();
        assertThat(compressing.answer(enormous).text()).isEqualTo("short");
    }

    @Test
    @SuppressWarnings("NullAway") // assistants that return null are the point
    void namesAnAssistantThatThrowsOrReturnsNull() {
        PluginException thrown = catchThrowableOfType(
                PluginException.class,
                () -> Assisted.endpoint(main)
                        .by(assistance -> {
                            assistance.proceed(assistance.chat());
                            throw new IllegalStateException("assistant's own fault");
                        })
                        .build()
                        .answer("?"));
        assertThat(thrown).hasMessageContaining("assistant of assisted threw").hasMessageContaining("own fault");
        assertThat(thrown.trace().orElseThrow().cost().calls())
                .as("what the main endpoint answered was paid for")
                .isOne();
        assertThatThrownBy(() ->
                        Assisted.endpoint(main).by(assistance -> null).build().answer("?"))
                .isInstanceOf(PluginException.class)
                .hasMessageContaining("assistant of assisted returned null");
        assertThatThrownBy(() -> Assisted.endpoint(main)
                        .by(Assistant.before((assistance, chat) -> null))
                        .build()
                        .answer("?"))
                .isInstanceOf(PluginException.class)
                .hasMessageContaining("returned null");
        assertThatIllegalStateException()
                .isThrownBy(() -> Assisted.endpoint(main).build())
                .withMessageContaining("no assistant");
    }
}
