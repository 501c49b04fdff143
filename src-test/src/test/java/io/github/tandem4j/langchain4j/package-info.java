/** An endpoint is LangChain4j's chat model: its own abstract tests, and AI services, through a routing and a cascade. */
@NullMarked
package io.github.tandem4j.langchain4j;

import org.jspecify.annotations.NullMarked;
