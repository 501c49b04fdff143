package io.github.tandem4j.router;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The languages that {@link Conditions#isIn} tells apart, by a light rule and no model: a script that one of them alone is
 * written in, else its commonest function words.
 */
public enum Language {
    /** English, by its function words. */
    ENGLISH(
            "the is are was what how my of and to in for with you can do does that this it i not have which who when where"),
    /** German, by its function words. */
    GERMAN("der die das und ist nicht ein eine ich mit von zu den dem für auf wie was wir sie es sind kann wird warum"),
    /** French, by its function words. */
    FRENCH(
            "le la les des et est une je pas que qui pour dans avec sur vous nous ce cette mon du au comment quel quelle"),
    /** Spanish, by its function words. */
    SPANISH("el los las es una y que por con para mi no cómo qué cuál del al se un está son quiero puedo lo como"),
    /** Italian, by its function words. */
    ITALIAN("il gli è e che di per con non una mi sono come cosa questo della nel ho del dei qual quale perché posso"),
    /** Portuguese, by its function words. */
    PORTUGUESE("o os as é e que não uma um com para meu minha como do da em no na eu você por qual são está"),
    /** Dutch, by its function words. */
    DUTCH("de het een en is niet ik van dat wat hoe mijn met voor op zijn kan je aan te wie waar heeft naar"),
    /** Russian, Ukrainian, Bulgarian and others that are written in Cyrillic. */
    CYRILLIC(""),
    /** Chinese: Han without the syllables of Japanese. */
    CHINESE(""),
    /** Japanese, by its syllables. */
    JAPANESE(""),
    /** Korean. */
    KOREAN(""),
    /** Arabic, Persian, Urdu and others that are written in Arabic script. */
    ARABIC(""),
    /** Hindi, Marathi and others that are written in Devanagari. */
    DEVANAGARI(""),
    /** Greek. */
    GREEK(""),
    /** Hebrew. */
    HEBREW("");

    private static final Pattern NO_LETTERS = Pattern.compile("[^\\p{L}]+");
    private static final int MOST_CHARACTERS = 2_000;
    private static final int FEWEST_WORDS = 2;

    private static final Map<Language, Set<String>> WORDS = new EnumMap<>(Language.class);

    static {
        for (Language language : values()) {
            if (!language.words.isEmpty()) {
                WORDS.put(language, Set.of(language.words.split(" ")));
            }
        }
    }

    private final String words;

    Language(String words) {
        this.words = words;
    }

    /**
     * {@return the language that a text is likely in, by its first 2,000 characters; empty if that cannot be said}
     *
     * <p>In Latin script the language counts of whose function words the text has most, two at least and more than of any
     * other: of very short texts, of mere keywords and of languages beyond these nothing can be said, or, where they share
     * words with one of these, the wrong thing. It is meant for routing, where a wrong guess costs quality and no more.
     */
    public static Optional<Language> of(String text) {
        String start = start(text);
        Character.UnicodeScript script = scriptOf(start).orElse(null);
        if (script == null) {
            return Optional.empty();
        }
        return switch (script) {
            case LATIN -> ofWords(start);
            case CYRILLIC -> Optional.of(CYRILLIC);
            case HAN -> Optional.of(hasKana(start) ? JAPANESE : CHINESE);
            case HIRAGANA, KATAKANA -> Optional.of(JAPANESE);
            case HANGUL -> Optional.of(KOREAN);
            case ARABIC -> Optional.of(ARABIC);
            case DEVANAGARI -> Optional.of(DEVANAGARI);
            case GREEK -> Optional.of(GREEK);
            case HEBREW -> Optional.of(HEBREW);
            default -> Optional.empty();
        };
    }

    /** {@return the script of most letters among the first 2,000 characters; empty if there are no letters} */
    static Optional<Character.UnicodeScript> scriptOf(String text) {
        Map<Character.UnicodeScript, Integer> letters = new EnumMap<>(Character.UnicodeScript.class);
        start(text)
                .codePoints()
                .filter(Character::isLetter)
                .forEach(letter -> letters.merge(Character.UnicodeScript.of(letter), 1, Integer::sum));
        return letters.entrySet().stream().max(Map.Entry.comparingByValue()).map(Map.Entry::getKey);
    }

    private static Optional<Language> ofWords(String text) {
        String[] all = NO_LETTERS.split(text.toLowerCase(Locale.ROOT));
        Language best = null;
        long most = FEWEST_WORDS - 1;
        for (Map.Entry<Language, Set<String>> language : WORDS.entrySet()) {
            long count =
                    Arrays.stream(all).filter(language.getValue()::contains).count();
            if (count > most) {
                most = count;
                best = language.getKey();
            } else if (count == most) {
                best = null;
            }
        }
        return Optional.ofNullable(best);
    }

    private static boolean hasKana(String text) {
        return text.codePoints()
                .mapToObj(Character.UnicodeScript::of)
                .anyMatch(script ->
                        script == Character.UnicodeScript.HIRAGANA || script == Character.UnicodeScript.KATAKANA);
    }

    private static String start(String text) {
        return text.length() <= MOST_CHARACTERS ? text : text.substring(0, MOST_CHARACTERS);
    }
}
