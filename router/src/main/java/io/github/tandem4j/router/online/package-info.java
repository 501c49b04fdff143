/** What learns or steers while traffic flows: budget pacing, bandits, their logs, and what the logs say of other policies. */
@NullMarked
package io.github.tandem4j.router.online;

import org.jspecify.annotations.NullMarked;
