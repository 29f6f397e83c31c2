package org.mm4j.kernel;

import java.lang.management.ManagementFactory;
import javax.management.InstanceAlreadyExistsException;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.StandardMBean;

/**
 * A kernel among the managed beans of this JVM, until it is closed. Close it before the kernel.
 *
 * <p>Any thread may call it. In Linux 6.18: nothing; monitors read /proc/meminfo.
 */
public final class KernelBean implements AutoCloseable {
    private final MBeanServer server;
    private final ObjectName name;

    private KernelBean(MBeanServer server, ObjectName name) {
        this.server = server;
        this.name = name;
    }

    static KernelBean register(Kernel kernel, String name) {
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        try {
            ObjectName full = new ObjectName("org.mm4j:type=Kernel,name=" + ObjectName.quote(name));
            server.registerMBean(new StandardMBean(new Shown(kernel), KernelMXBean.class, true), full);
            return new KernelBean(server, full);
        } catch (InstanceAlreadyExistsException e) {
            throw new IllegalStateException("there is a kernel '" + name + "' already among the managed beans", e);
        } catch (JMException e) {
            throw new IllegalArgumentException("a kernel cannot be registered as '" + name + "'", e);
        }
    }

    /** Its name among the beans. */
    public ObjectName name() {
        return name;
    }

    /** Takes it out again. Twice is allowed. */
    @Override
    public void close() {
        try {
            server.unregisterMBean(name);
        } catch (InstanceNotFoundException e) {
            return; // somebody has taken it out
        } catch (JMException e) {
            throw new IllegalStateException("the bean " + name + " cannot be taken out", e);
        }
    }

    private record Shown(Kernel kernel) implements KernelMXBean {
        @Override
        public long getBytesReserved() {
            return kernel.snapshot().bytesReserved();
        }

        @Override
        public long getBytesCommitted() {
            return kernel.snapshot().bytesCommitted();
        }

        @Override
        public long getBytesReturned() {
            return kernel.snapshot().bytesReturned();
        }

        @Override
        public long getBytesUsed() {
            return kernel.snapshot().bytesUsed();
        }

        @Override
        public long getPagesCached() {
            return kernel.snapshot().pagesCached();
        }

        @Override
        public long getPagesFree() {
            return kernel.snapshot().pagesFree();
        }

        @Override
        public long getPagesFragmented() {
            return kernel.snapshot().pagesFragmented();
        }

        @Override
        public long getPagesSlab() {
            return kernel.snapshot().pagesSlab();
        }

        @Override
        public long getPagesVmalloc() {
            return kernel.snapshot().pagesVmalloc();
        }

        @Override
        public long getPagesPercpu() {
            return kernel.snapshot().pagesPercpu();
        }

        @Override
        public long getArenasOpen() {
            return kernel.arenas().open();
        }

        @Override
        public String getUsage() {
            return kernel.snapshot().toString();
        }

        @Override
        public long trim() {
            return kernel.trim().bytesReturned();
        }
    }
}
