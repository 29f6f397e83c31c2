package org.mm4j.kernel;

import java.lang.management.ManagementFactory;
import javax.management.InstanceAlreadyExistsException;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.StandardMBean;

/** A kernel among the managed beans of this JVM, until it is closed. Close it before the kernel. */
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
            return kernel.usage().bytesReserved();
        }

        @Override
        public long getBytesCommitted() {
            return kernel.usage().bytesCommitted();
        }

        @Override
        public long getBytesReturned() {
            return kernel.usage().bytesReturned();
        }

        @Override
        public long getBytesUsed() {
            return kernel.usage().bytesUsed();
        }

        @Override
        public long getPagesCached() {
            return kernel.usage().pagesCached();
        }

        @Override
        public long getPagesFree() {
            return kernel.usage().pagesFree();
        }

        @Override
        public long getPagesFragmented() {
            return kernel.usage().pagesFragmented();
        }

        @Override
        public long getPagesSlab() {
            return kernel.usage().pagesSlab();
        }

        @Override
        public long getPagesVmalloc() {
            return kernel.usage().pagesVmalloc();
        }

        @Override
        public long getPagesPercpu() {
            return kernel.usage().pagesPercpu();
        }

        @Override
        public long getArenasOpen() {
            return kernel.arenas().open();
        }

        @Override
        public String getUsage() {
            return kernel.usage().toString();
        }

        @Override
        public long trim() {
            return kernel.trim().bytesReturned();
        }
    }
}
