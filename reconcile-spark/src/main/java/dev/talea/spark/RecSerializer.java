// SPDX-License-Identifier: Apache-2.0
package dev.talea.spark;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.apache.spark.serializer.DeserializationStream;
import org.apache.spark.serializer.SerializationStream;
import org.apache.spark.serializer.Serializer;
import org.apache.spark.serializer.SerializerInstance;
import scala.reflect.ClassTag;

/**
 * Writes {@link Rec}s for a shuffle: their bytes and three numbers, and nothing of their classes.
 * Whatever serializer Spark was set up with, that of Java would take longer than the matching.
 *
 * <p>Stateless; each stream is used by one thread.
 */
final class RecSerializer extends Serializer implements Serializable {
  private static final long serialVersionUID = 1L;

  @Override
  public SerializerInstance newInstance() {
    return new Instance();
  }

  /** Each record stands for itself, so that they can be sorted as they are written. */
  @Override
  public boolean supportsRelocationOfSerializedObjects() {
    return true;
  }

  private static final class Instance extends SerializerInstance {
    private static IllegalStateException onlyStreams() {
      return new IllegalStateException("records are only written to streams");
    }

    @Override
    public <T> ByteBuffer serialize(T value, ClassTag<T> tag) {
      throw onlyStreams();
    }

    @Override
    public <T> T deserialize(ByteBuffer bytes, ClassTag<T> tag) {
      throw onlyStreams();
    }

    @Override
    public <T> T deserialize(ByteBuffer bytes, ClassLoader loader, ClassTag<T> tag) {
      throw onlyStreams();
    }

    @Override
    public SerializationStream serializeStream(OutputStream stream) {
      return new Out(stream);
    }

    @Override
    public DeserializationStream deserializeStream(InputStream stream) {
      return new In(stream);
    }
  }

  private static final class Out extends SerializationStream {
    private final DataOutputStream out;

    Out(OutputStream stream) {
      out = new DataOutputStream(stream);
    }

    @Override
    public <T> SerializationStream writeObject(T value, ClassTag<T> tag) {
      Rec rec = (Rec) value;
      try {
        out.writeInt(rec.part);
        out.writeInt(rec.group);
        out.writeInt(rec.key.length);
        out.writeInt(rec.body.length);
        out.write(rec.key);
        out.write(rec.body);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return this;
    }

    @Override
    public <T> SerializationStream writeKey(T key, ClassTag<T> tag) {
      return writeObject(key, tag);
    }

    /** A record is all key. */
    @Override
    public <T> SerializationStream writeValue(T value, ClassTag<T> tag) {
      return this;
    }

    @Override
    public void flush() {
      try {
        out.flush();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void close() {
      try {
        out.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static final class In extends DeserializationStream {
    private final DataInputStream in;

    In(InputStream stream) {
      in = new DataInputStream(new BufferedInputStream(stream));
    }

    /** Spark takes an {@link EOFException}, as it is, for the end. */
    @Override
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    public <T> T readObject(ClassTag<T> tag) {
      try {
        int part = in.readInt();
        int group = in.readInt();
        byte[] key = new byte[in.readInt()];
        byte[] body = new byte[in.readInt()];
        in.readFully(key);
        in.readFully(body);
        return (T) new Rec(part, key, group, body);
      } catch (EOFException e) {
        throw RecSerializer.<RuntimeException>as(e);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public <T> T readKey(ClassTag<T> tag) {
      return readObject(tag);
    }

    @Override
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    public <T> T readValue(ClassTag<T> tag) {
      return (T) (Object) true;
    }

    @Override
    public void close() {
      try {
        in.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Scala declares no exceptions. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <E extends Throwable> E as(Throwable e) throws E {
    throw (E) e;
  }
}
