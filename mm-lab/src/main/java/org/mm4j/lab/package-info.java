/** The {@code mm} command: {@link org.mm4j.lab.Mm}, and a class for each of its subcommands. */
@NullMarked
package org.mm4j.lab;

import org.jspecify.annotations.NullMarked;
