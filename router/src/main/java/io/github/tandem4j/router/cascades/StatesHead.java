package io.github.tandem4j.router.cascades;

import static io.github.tandem4j.router.cascades.JsonFile.require;

import com.fasterxml.jackson.annotation.JsonIgnore;
import io.github.tandem4j.ReadingWish;
import io.github.tandem4j.cascade.ReadingWishes;
import java.util.HashSet;
import java.util.List;

/**
 * What a model's hidden states say of its answer, for the states of one reader.
 *
 * @param reader which model's they are
 * @param answer the names of those at the end of the answer
 * @param prompt the names of those at the end of the prompt
 * @param quality the estimate
 */
record StatesHead(String reader, List<String> answer, List<String> prompt, LinearModel quality) {

    /** How many numbers at most: all states of a model of 30 layers of 576, twice. */
    static final int MOST_NUMBERS = 40_000;

    StatesHead {
        answer = List.copyOf(answer);
        prompt = List.copyOf(prompt);
        require(!reader.isBlank(), "the reader of hidden states is not named");
        require(
                answer.size() + prompt.size() > 0
                        && new HashSet<>(answer).size() == answer.size()
                        && new HashSet<>(prompt).size() == prompt.size(),
                "hidden states are " + answer + " and " + prompt);
        require(
                quality.size() >= answer.size() + prompt.size() && quality.size() <= MOST_NUMBERS,
                "hidden states have " + quality.size() + " weights; valid is up to " + MOST_NUMBERS);
    }

    @JsonIgnore
    ReadingWishes wishes() {
        return new ReadingWishes(
                ReadingWish.none().states(answer.toArray(String[]::new)),
                ReadingWish.none().states(prompt.toArray(String[]::new)));
    }

    /** {@return whether these are states that it was trained on} */
    boolean knows(StatesRead read) {
        return reader.equals(read.reader()) && quality.size() == read.numbers().length;
    }
}
