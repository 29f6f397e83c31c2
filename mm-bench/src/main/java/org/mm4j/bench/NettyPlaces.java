package org.mm4j.bench;

import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;

/** Direct buffers of Netty. */
final class NettyPlaces implements Places {
    private final ByteBufAllocator allocator;
    private final ByteBuf[] buffers;

    private NettyPlaces(ByteBufAllocator allocator, int places) {
        this.allocator = allocator;
        buffers = new ByteBuf[places];
    }

    static Places adaptive(int places) {
        return new NettyPlaces(new AdaptiveByteBufAllocator(true), places);
    }

    static Places pooled(int places) {
        return new NettyPlaces(new PooledByteBufAllocator(true), places);
    }

    @Override
    public void take(int place, int bytes) {
        buffers[place] = allocator.directBuffer(bytes, bytes);
    }

    @Override
    public void give(int place) {
        buffers[place].release();
    }

    @Override
    public void touch(int place, int bytes) {
        for (int at = 0; at < bytes; at += 4096) {
            buffers[place].setByte(at, 1);
        }
    }

    @Override
    public Places another(int places) {
        return new NettyPlaces(allocator, places);
    }
}
