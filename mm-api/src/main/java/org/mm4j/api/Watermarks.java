package org.mm4j.api;

/**
 * How many free pages a zone wants to keep. Below {@code low} reclaim starts in the background, above {@code high} it
 * stops, below {@code min} only privileged requests are served.
 *
 * <p>In Linux 6.18: include/linux/mmzone.h, {@code enum zone_watermarks}.
 *
 * @param min pages below which ordinary requests fail
 * @param low pages below which kswapd is woken
 * @param high pages at which kswapd sleeps
 * @param promo pages that memory tiering aims at
 */
public record Watermarks(long min, long low, long high, long promo) {}
