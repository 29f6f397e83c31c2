/**
 * What every allocator of mm4j shares: the words ({@link org.mm4j.api.Gfp}, {@link org.mm4j.api.ZoneType}, {@link
 * org.mm4j.api.MigrateType}, {@link org.mm4j.api.PageFrame}), the interfaces between the modules, the records that
 * describe their state, and the one lock that they use.
 */
@NullMarked
package org.mm4j.api;

import org.jspecify.annotations.NullMarked;
