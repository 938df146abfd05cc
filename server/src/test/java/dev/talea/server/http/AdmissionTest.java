// SPDX-License-Identifier: Apache-2.0
package dev.talea.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Places and bytes: what is let in, and that it comes back exactly. */
class AdmissionTest {
  private static Admission.Ticket enter(Admission admission, int bytes) {
    Admission.Ticket ticket = admission.tryEnter(bytes);
    assertNotNull(ticket);
    return Objects.requireNonNull(ticket);
  }

  @Test
  void bodiesAreBoundedTogetherAndRequestsWithoutOneAreNot() {
    Admission admission = new Admission(10, 1000);
    Admission.Ticket first = enter(admission, 600);
    assertNull(admission.tryEnter(401));
    assertEquals(1, admission.inFlight());
    assertEquals(600, admission.bodyBytes());
    Admission.Ticket second = enter(admission, 400);
    enter(admission, 0);
    first.giveBack();
    first.giveBack();
    assertEquals(400, admission.bodyBytes());
    enter(admission, 600).giveBack();
    second.giveBack();
    assertEquals(0, admission.bodyBytes());
    assertEquals(1, admission.inFlight());
  }

  @Test
  void oneBodyIsLetInWhateverItsLength() {
    Admission admission = new Admission(10, 1000);
    Admission.Ticket only = enter(admission, 5000);
    assertNull(admission.tryEnter(1));
    only.giveBack();
    enter(admission, 1).giveBack();
    assertEquals(0, admission.bodyBytes());
  }

  @Test
  void placesAreBounded() {
    Admission admission = new Admission(1, 1000);
    Admission.Ticket only = enter(admission, 0);
    assertNull(admission.tryEnter(0));
    only.giveBack();
    only.giveBack(); // which frees nothing
    enter(admission, 0);
    assertNull(admission.tryEnter(0));
  }
}
