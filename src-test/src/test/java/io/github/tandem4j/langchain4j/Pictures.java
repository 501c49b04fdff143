package io.github.tandem4j.langchain4j;

import dev.langchain4j.data.image.Image;
import dev.langchain4j.data.message.ImageContent;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;

/** The two pictures that the scripted model knows: by their bytes, or by the names of their files. */
final class Pictures {

    private static final String CAT = base64("a picture of a cat, for all that the model knows");
    private static final String DICE = base64("a picture of dice, for all that the model knows");

    private Pictures() {}

    static Image cat() {
        return Image.builder().base64Data(CAT).mimeType("image/png").build();
    }

    static Image dice() {
        return Image.builder().base64Data(DICE).mimeType("image/png").build();
    }

    static String describe(List<ImageContent> images) {
        return images.stream().map(content -> describe(content.image())).collect(Collectors.joining(" and "));
    }

    private static String describe(Image image) {
        String shown = image.url() == null ? image.base64Data() : image.url().getPath();
        if (shown.equals(CAT) || shown.contains("Felis_silvestris")) {
            return "a cat";
        }
        return shown.equals(DICE) || shown.contains("PNG_transparency_demonstration") ? "dice" : "something";
    }

    private static String base64(String bytes) {
        return Base64.getEncoder().encodeToString(bytes.getBytes(StandardCharsets.UTF_8));
    }
}
