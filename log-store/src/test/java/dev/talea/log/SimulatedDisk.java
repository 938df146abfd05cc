// SPDX-License-Identifier: Apache-2.0
package dev.talea.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A disk in memory that can lose power at any operation, and fail in the ways disks do.
 *
 * <p><b>What it does to you.</b> Every file has two images: what the operating system shows, and
 * what is on the platter. A write goes to the first; {@link DiskFile#force} copies it to the
 * second, sector by sector. When the power goes, each sector written since the last force is by
 * chance the old one, the new one, or torn between the two; a file that has grown has by chance its
 * old or its new length (a force without metadata does not settle that); every creation, rename and
 * deletion that its directory was not synced after is by chance there or not, each for itself. A
 * force that is made to fail drops what it should have written and calls it clean, as Linux does:
 * the next force succeeds and writes nothing.
 *
 * <p><b>What it does not do.</b> It does not lie: what a successful force covered stays. It does
 * not change bytes outside the range of a write (powersafe overwrite). It does not rot, unless told
 * to with {@link #flipBit}.
 *
 * <p>Safe for use by many threads; one monitor guards everything.
 */
public final class SimulatedDisk implements Disk {

  /** The kinds of operations a {@link Fault} can hit. */
  public enum Operation {
    /** A new file. */
    CREATE,
    /** Opening for writing. */
    OPEN,
    /** Opening for reading. */
    OPEN_FOR_READING,
    /** Bytes. */
    WRITE,
    /** A sync of a file. */
    FORCE,
    /** Another name. */
    RENAME,
    /** No name. */
    DELETE,
    /** A new directory. */
    CREATE_DIRECTORY,
    /** A sync of a directory. */
    SYNC_DIRECTORY
  }

  /** Decides which operations fail. */
  @FunctionalInterface
  public interface Fault {
    /** Never. */
    Fault NONE = (operation, file) -> null;

    /** The exception this operation fails with, or null to let it happen. */
    @Nullable IOException on(Operation operation, Path file);

    /** The nth operation of a kind fails with EIO, counted from 1, and none after it. */
    static Fault nth(Operation kind, int n) {
      AtomicInteger seen = new AtomicInteger();
      return (operation, file) ->
          operation == kind && seen.incrementAndGet() == n
              ? new IOException("Input/output error (injected in " + kind + " " + n + ")")
              : null;
    }
  }

  private static final int SECTOR = 512;
  private static final AtomicInteger NODES = new AtomicInteger();
  private static final AtomicInteger DISKS = new AtomicInteger();

  private final int number = DISKS.incrementAndGet();
  private final Random random;
  private final Folder root;
  private final Set<Path> locks = new HashSet<>();
  private int operations;
  private int crashAt = Integer.MAX_VALUE;
  private boolean off;
  private long spaceMax = Long.MAX_VALUE;
  private Fault fault = Fault.NONE;

  /** An empty disk; the seed decides what a power failure leaves. */
  public SimulatedDisk(long seed) {
    this(seed, new Folder());
  }

  private SimulatedDisk(long seed, Folder root) {
    this.random = new Random(seed);
    this.root = root;
  }

  // ------------------------------------------------------------------ what tests do to it

  /** How many operations that change something have been begun. */
  public synchronized int operations() {
    return operations;
  }

  /** The power goes during the nth changing operation from now, counted from 1. */
  public synchronized void crashAtOperation(int n) {
    crashAt = operations + n;
  }

  /** Whether the power has gone. */
  public synchronized boolean isOff() {
    return off;
  }

  /** Lets operations fail. */
  public synchronized void setFault(Fault newFault) {
    fault = newFault;
  }

  /** The lengths of all files together cannot get beyond this. */
  public synchronized void setSpace(long bytes) {
    spaceMax = bytes;
  }

  /** The lengths of all files together. */
  public synchronized long usedSpace() {
    return root.cachedBytes();
  }

  /**
   * Turns the power off, if it is still on, and gives the disk as it may be found afterwards. Can
   * be asked again with another seed: one crash, several outcomes.
   */
  public synchronized SimulatedDisk afterPowerLoss(long seed) {
    off = true;
    Random chance = new Random(seed);
    double[] odds = {0, 0.1, 0.5, 0.9, 1};
    double kept = odds[chance.nextInt(odds.length)];
    return new SimulatedDisk(chance.nextLong(), root.survivors(chance, kept));
  }

  /** Ends the process that uses this disk, and gives the disk as the next process finds it. */
  public synchronized SimulatedDisk afterProcessDeath() {
    off = true;
    return new SimulatedDisk(random.nextLong(), root.copy());
  }

  /** Changes one bit behind everybody's back. */
  public synchronized void flipBit(Path file, long offset, int bit) {
    try {
      find(file).flip((int) offset, bit);
    } catch (IOException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** What a file contains. */
  public synchronized byte[] content(Path file) {
    try {
      Inode inode = find(file);
      byte[] bytes = new byte[inode.size];
      inode.view().get(0, bytes, 0, inode.size);
      return bytes;
    } catch (IOException e) {
      throw new IllegalArgumentException(e);
    }
  }

  // ------------------------------------------------------------------ Disk

  @Override
  public synchronized DiskFile create(Path file) throws IOException {
    begin(Operation.CREATE, file);
    Folder folder = folderOf(file);
    if (folder.cached.containsKey(name(file))) {
      throw new FileAlreadyExistsException(file.toString());
    }
    Inode inode = new Inode();
    folder.change(new NameChange(null, name(file), inode));
    end();
    return new SimulatedFile(file, inode, true);
  }

  @Override
  public synchronized DiskFile open(Path file) throws IOException {
    check(Operation.OPEN, file);
    return new SimulatedFile(file, find(file), true);
  }

  @Override
  public synchronized DiskFile openForReading(Path file) throws IOException {
    check(Operation.OPEN_FOR_READING, file);
    return new SimulatedFile(file, find(file), false);
  }

  @Override
  public synchronized boolean exists(Path file) {
    try {
      return file.equals(file.getRoot()) || folderOf(file).cached.containsKey(name(file));
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public synchronized List<String> list(Path directory) throws IOException {
    if (off) {
      throw new IOException("power is off");
    }
    return List.copyOf(folder(directory).cached.keySet());
  }

  @Override
  public synchronized void createDirectories(Path directory) throws IOException {
    begin(Operation.CREATE_DIRECTORY, directory);
    Folder at = root;
    for (Path part : directory) {
      Node child = at.cached.get(part.toString());
      if (child == null) {
        child = new Folder();
        at.change(new NameChange(null, part.toString(), child));
      }
      at = (Folder) child;
    }
    end();
  }

  @Override
  public synchronized void rename(Path from, Path to) throws IOException {
    begin(Operation.RENAME, to);
    Folder folder = folderOf(from);
    if (folder != folderOf(to)) {
      throw new IOException("rename across directories");
    }
    Node moved = folder.cached.get(name(from)); // a file, or a directory with all that is in it
    if (moved == null) {
      throw new NoSuchFileException(from.toString());
    }
    folder.change(new NameChange(name(from), name(to), moved));
    end();
  }

  @Override
  public synchronized void deleteIfExists(Path file) throws IOException {
    if (!exists(file)) {
      check(Operation.DELETE, file);
      return;
    }
    begin(Operation.DELETE, file);
    folderOf(file).change(new NameChange(name(file), null, null));
    end();
  }

  @Override
  public synchronized void syncDirectory(Path directory) throws IOException {
    begin(Operation.SYNC_DIRECTORY, directory);
    if (dying()) {
      end(); // nothing is certain about what was under way
    }
    folder(directory).settle();
  }

  @Override
  public synchronized Object identity(Path file) throws IOException {
    if (off) {
      throw new IOException("power is off");
    }
    Node node = root;
    for (Path part : relative(file)) {
      if (!(node instanceof Folder folder)) {
        throw new NotDirectoryException(file.toString());
      }
      node = folder.cached.get(part.toString());
      if (node == null) {
        throw new NoSuchFileException(file.toString());
      }
    }
    return node.identity;
  }

  @Override
  public synchronized Object names(Path directory) throws IOException {
    Object identity = identity(directory);
    return List.of(identity, folder(directory).changes);
  }

  @Override
  public synchronized Path realPath(Path directory) throws IOException {
    folder(directory);
    return Path.of("/simulated-disk-" + number).resolve(relative(directory));
  }

  @Override
  public synchronized @Nullable DiskLock tryLock(Path file) throws IOException {
    if (off) {
      throw new IOException("power is off");
    }
    if (!exists(file)) {
      folderOf(file).change(new NameChange(null, name(file), new Inode()));
    }
    Path relative = relative(file);
    return locks.add(relative) ? () -> unlock(relative) : null;
  }

  private synchronized void unlock(Path file) {
    locks.remove(file);
  }

  // ------------------------------------------------------------------ machinery

  private void check(Operation operation, Path file) throws IOException {
    if (off) {
      throw new IOException("power is off");
    }
    IOException injected = fault.on(operation, file);
    if (injected != null) {
      throw injected;
    }
  }

  private void begin(Operation operation, Path file) throws IOException {
    if (off) {
      throw new IOException("power is off");
    }
    operations++;
    check(operation, file);
  }

  private boolean dying() {
    return operations >= crashAt;
  }

  /** Behind every changing operation: it has happened, but the caller will not hear of it. */
  private void end() throws IOException {
    if (dying()) {
      off = true;
      throw new IOException("power went at operation " + operations);
    }
  }

  /** Names are looked up the same whether a test uses /x or its real path. */
  private static Path relative(Path path) {
    Path absolute = path.toAbsolutePath().normalize();
    Path names = Objects.requireNonNull(absolute.getRoot()).relativize(absolute);
    return names.getName(0).toString().startsWith("simulated-disk-")
        ? names.subpath(1, names.getNameCount())
        : names;
  }

  private static String name(Path file) {
    return Objects.requireNonNull(file.getFileName()).toString();
  }

  private Folder folder(Path directory) throws IOException {
    Folder at = root;
    if (directory.getNameCount() > 0) {
      for (Path part : relative(directory)) {
        Node child = at.cached.get(part.toString());
        if (child instanceof Inode) {
          throw new NotDirectoryException(directory.toString());
        }
        if (!(child instanceof Folder folder)) {
          throw new NoSuchFileException(directory.toString());
        }
        at = folder;
      }
    }
    return at;
  }

  private Folder folderOf(Path file) throws IOException {
    return folder(Objects.requireNonNull(file.toAbsolutePath().getParent()));
  }

  private Inode find(Path file) throws IOException {
    if (!(folderOf(file).cached.get(name(file)) instanceof Inode inode)) {
      throw new NoSuchFileException(file.toString());
    }
    return inode;
  }

  private abstract static sealed class Node permits Folder, Inode {
    final Integer identity = NODES.incrementAndGet();

    /** Copies of nodes already made: one node can have an old and a new name. */
    abstract Node survivor(Random chance, double kept);

    abstract Node duplicate();

    abstract long cachedBytes();
  }

  /** A name appears, disappears, or moves. */
  private record NameChange(@Nullable String removed, @Nullable String added, @Nullable Node node) {

    void applyTo(Map<String, Node> names) {
      Node moved = node;
      if (removed != null && names.remove(removed) == null && added != null) {
        return; // a rename of something whose creation was lost
      }
      if (added != null && moved != null) {
        names.put(added, moved);
      }
    }
  }

  private static final class Folder extends Node {
    final Map<String, Node> durable = new TreeMap<>();
    final Map<String, Node> cached = new TreeMap<>();
    final List<NameChange> pending = new ArrayList<>();

    int changes;

    void change(NameChange change) {
      changes++;
      change.applyTo(cached);
      pending.add(change);
    }

    void settle() {
      durable.clear();
      durable.putAll(cached);
      pending.clear();
    }

    Folder survivors(Random chance, double kept) {
      Map<String, Node> names = new TreeMap<>(durable);
      for (NameChange change : pending) {
        if (chance.nextDouble() < kept) {
          change.applyTo(names);
        }
      }
      Folder survivor = new Folder();
      names.forEach((name, node) -> survivor.cached.put(name, node.survivor(chance, kept)));
      survivor.settle();
      return survivor;
    }

    @Override
    Node survivor(Random chance, double kept) {
      return survivors(chance, kept);
    }

    Folder copy() {
      Folder copy = new Folder();
      IdentityHashMap<Node, Node> copies = new IdentityHashMap<>();
      durable.forEach(
          (name, node) -> copy.durable.put(name, copies.computeIfAbsent(node, Node::duplicate)));
      cached.forEach(
          (name, node) -> copy.cached.put(name, copies.computeIfAbsent(node, Node::duplicate)));
      for (NameChange change : pending) {
        Node node = change.node;
        copy.pending.add(
            new NameChange(
                change.removed,
                change.added,
                node == null ? null : copies.computeIfAbsent(node, Node::duplicate)));
      }
      return copy;
    }

    @Override
    Node duplicate() {
      return copy();
    }

    @Override
    long cachedBytes() {
      return cached.values().stream().mapToLong(Node::cachedBytes).sum();
    }
  }

  private static final class Inode extends Node {
    /** Every buffer ever handed out as a map must follow writes, so all of them are written. */
    final List<ByteBuffer> generations = new ArrayList<>();

    final BitSet dirty = new BitSet();
    int size;
    byte[] durable = new byte[0];
    int durableSize;

    Inode() {
      generations.add(ByteBuffer.allocate(SECTOR));
    }

    ByteBuffer view() {
      return generations.get(generations.size() - 1);
    }

    void grow(int length) {
      if (length > view().capacity()) {
        ByteBuffer longer = ByteBuffer.allocate(Math.max(length, view().capacity() * 2));
        longer.put(0, view(), 0, size);
        generations.add(longer);
      }
      size = Math.max(size, length);
    }

    void write(byte[] bytes, int from, int length, int at) {
      grow(at + length);
      for (ByteBuffer generation : generations) {
        int fits = Math.min(length, generation.capacity() - at);
        if (fits > 0) {
          generation.put(at, bytes, from, fits);
        }
      }
      if (length > 0) {
        dirty.set(at / SECTOR, (at + length - 1) / SECTOR + 1);
      }
    }

    void flip(int at, int bit) {
      for (ByteBuffer generation : generations) {
        if (at < generation.capacity()) {
          generation.put(at, (byte) (generation.get(at) ^ 1 << bit));
        }
      }
      if (at < durable.length) {
        durable[at] ^= (byte) (1 << bit);
      }
    }

    void settle(boolean metadata) {
      durable = Arrays.copyOf(durable, Math.max(durable.length, size));
      dirty.stream().forEach(sector -> copySector(durable, sector, 0, SECTOR));
      dirty.clear();
      if (metadata) {
        durableSize = size;
      }
    }

    /** Puts part of a sector on a platter. */
    void copySector(byte[] platter, int sector, int from, int to) {
      int start = sector * SECTOR + from;
      int end = Math.min(sector * SECTOR + to, size);
      if (end > start) {
        view().get(start, platter, start, end - start);
      }
    }

    /** A failed force: some sectors made it, the others are forgotten though readers see them. */
    void pretendSettled(Random chance) {
      durable = Arrays.copyOf(durable, Math.max(durable.length, size));
      dirty.stream()
          .filter(sector -> chance.nextInt(3) == 0)
          .forEach(sector -> copySector(durable, sector, 0, SECTOR));
      dirty.clear();
    }

    @Override
    Node survivor(Random chance, double kept) {
      byte[] platter = Arrays.copyOf(durable, Math.max(durable.length, size));
      dirty.stream()
          .filter(sector -> chance.nextDouble() < kept)
          .forEach(
              sector -> {
                int cut = chance.nextInt(3) == 0 ? chance.nextInt(SECTOR) : SECTOR;
                boolean front = chance.nextBoolean();
                copySector(platter, sector, front ? 0 : SECTOR - cut, front ? cut : SECTOR);
              });
      Inode survivor = new Inode();
      int length = chance.nextDouble() < kept ? size : durableSize;
      survivor.write(platter, 0, length, 0);
      survivor.settle(true);
      return survivor;
    }

    @Override
    Node duplicate() {
      Inode copy = new Inode();
      byte[] bytes = new byte[size];
      view().get(0, bytes, 0, size);
      copy.write(bytes, 0, size, 0);
      copy.dirty.clear();
      copy.dirty.or(dirty);
      copy.durable = durable.clone();
      copy.durableSize = durableSize;
      return copy;
    }

    @Override
    long cachedBytes() {
      return size;
    }
  }

  private final class SimulatedFile implements DiskFile {
    private final Path path;
    private final Inode inode;
    private final boolean writable;
    private boolean closed;

    SimulatedFile(Path path, Inode inode, boolean writable) {
      this.path = path;
      this.inode = inode;
      this.writable = writable;
    }

    private void checkOpen() throws IOException {
      if (closed) {
        throw new ClosedChannelException();
      }
      if (off) {
        throw new IOException("power is off");
      }
    }

    @Override
    public long size() throws IOException {
      synchronized (SimulatedDisk.this) {
        checkOpen();
        return inode.size;
      }
    }

    @Override
    public void write(ByteBuffer source, long position) throws IOException {
      synchronized (SimulatedDisk.this) {
        checkOpen();
        if (!writable) {
          throw new IOException("opened for reading");
        }
        byte[] bytes = new byte[source.remaining()];
        source.get(bytes);
        int at = Math.toIntExact(position);
        try {
          begin(Operation.WRITE, path);
        } catch (IOException e) {
          if (!off) {
            inode.write(bytes, 0, random.nextInt(bytes.length + 1), at);
          }
          throw e;
        }
        long room = spaceMax - usedSpace() + inode.size - at;
        if (room < bytes.length) {
          if (room > 0) { // without a byte there is no hole before it either
            inode.write(bytes, 0, (int) room, at);
          }
          throw new NoSpaceException("No space left on simulated device");
        }
        inode.write(bytes, 0, bytes.length, at);
        end();
      }
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      synchronized (SimulatedDisk.this) {
        checkOpen();
        int count = (int) Math.min(target.remaining(), Math.max(0, inode.size - position));
        byte[] bytes = new byte[count];
        inode.view().get((int) position, bytes, 0, count);
        target.put(bytes);
        return count;
      }
    }

    @Override
    public void force(boolean metadata) throws IOException {
      synchronized (SimulatedDisk.this) {
        checkOpen();
        try {
          begin(Operation.FORCE, path);
        } catch (IOException e) {
          if (!off) {
            inode.pretendSettled(random);
          }
          throw e;
        }
        end(); // a force cut short by the power settles nothing for certain
        inode.settle(metadata);
      }
    }

    @Override
    public ByteBuffer map(long length) throws IOException {
      synchronized (SimulatedDisk.this) {
        checkOpen();
        if (length > inode.size) {
          throw new IOException("map beyond the end");
        }
        return inode.view().asReadOnlyBuffer().slice(0, (int) length);
      }
    }

    @Override
    public void close() {
      synchronized (SimulatedDisk.this) {
        closed = true;
      }
    }
  }
}
