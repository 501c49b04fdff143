package io.github.tandem4j.router.learning;

/**
 * A team and what was learned of it. A model that joins later is a team of its own, so that nothing changes for the others.
 *
 * @param team whose quality is estimated
 * @param mixture what estimates it
 */
record Group(Team team, Mixture mixture) {}
