// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * One exchange of a server connection: the place where answers from any thread meet the
 * connection's event loop.
 *
 * <p>{@code answer} goes once from null to an {@link HttpResponse}, a {@link ServerStream} or
 * {@link #NONE}; the thread that makes that step has settled the exchange. All other fields belong
 * to the event loop, except {@code next}, which belongs to the {@link Mailbox} while the exchange
 * is in it.
 */
final class ServerExchange implements HttpExchange, ChannelFutureListener {
  /** The exchange ended without an answer. */
  private static final Object NONE = new Object();

  private static final VarHandle ANSWER;

  static {
    try {
      ANSWER = MethodHandles.lookup().findVarHandle(ServerExchange.class, "answer", Object.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final ConnectionOutput output;
  private final RequestHead head;
  private final boolean http10;
  private final boolean seen;

  @SuppressWarnings("UnusedVariable") // written through ANSWER
  private volatile @Nullable Object answer;

  private @Nullable Object attachment;
  private boolean over;

  /** The connection is not done with the head, so an answer must not be written yet. */
  boolean held;

  /** The connection closes after this exchange. */
  boolean closeAfter;

  /** The sender waits for a 100 before it sends the body. */
  boolean continueOwed;

  /** The request is complete and the handler has it. */
  boolean handling;

  /** When the time of the whole request is up, counted from its first byte. */
  long deadlineNanos;

  /** What the handler expects its answer to be long, as long as there is none. */
  int expectedBytes;

  @Nullable ServerExchange next;

  ServerExchange(ConnectionOutput output, RequestHead head, boolean http10) {
    this(output, head, http10, true);
  }

  private ServerExchange(ConnectionOutput output, RequestHead head, boolean http10, boolean seen) {
    this.output = output;
    this.head = head;
    this.http10 = http10;
    this.seen = seen;
  }

  /** For the answer to something that never became a request; no handler hears of it. */
  static ServerExchange unseen(ConnectionOutput output, InetSocketAddress remote) {
    RequestHead nothing = new RequestHead("-", "-", "-", null, Headers.NONE, remote);
    return new ServerExchange(output, nothing, false, false);
  }

  @Override
  public RequestHead head() {
    return head;
  }

  @Override
  public boolean respond(HttpResponse response) {
    return settle(response);
  }

  @Override
  public ResponseStream startStream(int status, Headers headers) {
    ServerStream stream = new ServerStream(output, status, headers);
    if (!settle(stream)) {
      stream.closeUnopened();
    }
    return stream;
  }

  private boolean settle(Object settled) {
    if (!ANSWER.compareAndSet(this, null, settled)) {
      return false;
    }
    if (seen) {
      output.tellSettled(this);
    }
    output.answered(this);
    return true;
  }

  /** Settles without an answer, if it is not settled yet; on the event loop. */
  void giveUp() {
    if (!ANSWER.compareAndSet(this, null, NONE) && answer instanceof ServerStream stream) {
      stream.closeUnopened();
    }
    tellOver(ExchangeEnd.GONE);
  }

  @Nullable Object answer() {
    return answer;
  }

  @Override
  public boolean isSettled() {
    return answer != null;
  }

  @Override
  public int status() {
    Object settled = answer;
    if (settled instanceof HttpResponse response) {
      return response.status();
    }
    return settled instanceof ServerStream stream ? stream.status() : 0;
  }

  @Override
  public void expectAnswer(int bytes) {
    output.expect(this, bytes);
  }

  @Override
  public Runnable pauseRequests() {
    return output.pauseRequests();
  }

  /** Bytes of the answer that only this exchange keeps. */
  int settledBytes() {
    return answer instanceof HttpResponse response ? response.ownBytes() : 0;
  }

  @Override
  public void attach(@Nullable Object attachment) {
    this.attachment = attachment;
  }

  @Override
  public @Nullable Object attachment() {
    return attachment;
  }

  @Override
  public void execute(Runnable task) {
    output.loop().answering(task);
  }

  ConnectionOutput output() {
    return output;
  }

  AnswerEncoder.Framing framing(boolean close) {
    return new AnswerEncoder.Framing(head.method().equals("HEAD"), http10, close);
  }

  /** The answer, or the head of the stream, has left or has failed to. */
  @Override
  public void operationComplete(ChannelFuture written) {
    if (!written.isSuccess()) {
      tellOver(ExchangeEnd.GONE);
    } else {
      tellOver(answer instanceof ServerStream ? ExchangeEnd.STREAMING : ExchangeEnd.ANSWERED);
    }
    output.answerLeft(this);
  }

  private void tellOver(ExchangeEnd end) {
    if (seen && !over) {
      over = true;
      output.tellOver(this, end);
    }
  }
}
