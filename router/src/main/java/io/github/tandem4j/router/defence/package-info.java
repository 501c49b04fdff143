/** What keeps a router from being fooled: by prompts unlike those it learned from, and by callers who would drive it. */
@NullMarked
package io.github.tandem4j.router.defence;

import org.jspecify.annotations.NullMarked;
