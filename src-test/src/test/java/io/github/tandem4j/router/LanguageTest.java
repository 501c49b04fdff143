package io.github.tandem4j.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.langchain4j.data.message.AudioContent;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.PdfFileContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.data.message.VideoContent;
import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.tandem4j.Request;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Languages, scripts, modalities, and expressions that no prompt can make hang. */
final class LanguageTest {

    @Test
    void tellsLanguagesApartByScriptOrFunctionWords() {
        Map.ofEntries(
                        Map.entry("What is the capital of France?", Language.ENGLISH),
                        Map.entry("Was ist die Hauptstadt von Frankreich und wie groß ist sie?", Language.GERMAN),
                        Map.entry("Quelle est la capitale de la France pour vous ?", Language.FRENCH),
                        Map.entry("¿Cuál es la capital del país y cómo se llama el rey?", Language.SPANISH),
                        Map.entry("Qual è la capitale della Francia e come ci arrivo?", Language.ITALIAN),
                        Map.entry("Qual é a capital da França e como eu chego em Paris?", Language.PORTUGUESE),
                        Map.entry("Wat is de hoofdstad van Frankrijk en hoe groot is het?", Language.DUTCH),
                        Map.entry("Какая столица Франции?", Language.CYRILLIC),
                        Map.entry("法国的首都是哪里？", Language.CHINESE),
                        Map.entry("フランスの首都はどこですか？", Language.JAPANESE),
                        Map.entry("프랑스의 수도는 어디입니까?", Language.KOREAN),
                        Map.entry("ما هي عاصمة فرنسا؟", Language.ARABIC))
                .forEach((text, language) ->
                        assertThat(Language.of(text)).as(text).contains(language));
        for (String none : new String[] {"", "12345 ?!", "Paris", "ok thanks"}) {
            assertThat(Language.of(none)).as(none).isEmpty();
        }
        assertThat(Conditions.isIn(Language.GERMAN, Language.DUTCH)
                        .holds(Request.of("Wo ist das Auto und wem ist es?")))
                .isTrue();
        assertThat(Conditions.isWrittenIn(Character.UnicodeScript.GREEK)
                        .holds(Request.of("Ποια είναι η πρωτεύουσα; ok")))
                .isTrue();
    }

    @Test
    void aHostilePromptDoesNotMakeAnExpressionHang() {
        Condition condition = Conditions.matches("^(a+)+$");
        assertThat(condition.holds(Request.of("a".repeat(100_000) + "!"))).isFalse();
        assertThat(condition.holds(Request.of("aaaa"))).isTrue();
        assertThat(condition.name()).isEqualTo("matches /^(a+)+$/");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Conditions.matches("(a)\\1"))
                .withMessageContaining("RE2");
        assertThat(Conditions.conversationMatches("(?i)ORDER \\d+").holds(Request.of("my order 12")))
                .isTrue();
    }

    @Test
    void tellsModalitiesApart() {
        assertThat(holds(ImageContent.from("http://localhost/x.png"))).isEqualTo("image ");
        assertThat(holds(AudioContent.from("http://localhost/x.mp3"))).isEqualTo("audio ");
        assertThat(holds(VideoContent.from("http://localhost/x.mp4"))).isEqualTo("video ");
        assertThat(holds(PdfFileContent.from("http://localhost/x.pdf"))).isEqualTo("pdf ");
    }

    private static String holds(Content content) {
        Request request = Request.of(
                ChatRequest.builder().messages(UserMessage.from(content)).build());
        return (Conditions.hasImages().holds(request) ? "image " : "")
                + (Conditions.hasAudio().holds(request) ? "audio " : "")
                + (Conditions.hasVideo().holds(request) ? "video " : "")
                + (Conditions.hasPdf().holds(request) ? "pdf " : "");
    }
}
