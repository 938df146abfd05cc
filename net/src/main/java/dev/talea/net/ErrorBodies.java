package dev.talea.net;

/**
 * Words the answers that the connection gives by itself, so that they look like all others.
 *
 * <p>Called on event loops; must neither block nor throw.
 */
@FunctionalInterface
public interface ErrorBodies {
  /**
   * @param detail what exactly was wrong, fit for the caller's eyes
   */
  HttpResponse answer(ProtocolError error, String detail);

  /** Plain text under the status HTTP foresees. */
  static ErrorBodies plainText() {
    return (error, detail) -> HttpResponse.text(error.status(), detail + "\n");
  }
}
