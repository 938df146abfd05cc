// SPDX-License-Identifier: Apache-2.0
package dev.talea.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Paths find their templates, and parts of them keep their meaning. */
class RouterTest {
  private static final String BALANCE = "/v1/books/{book}/accounts/{path}/balance";

  private final Router<String> router =
      Router.<String>builder()
          .route("GET", "/", "root")
          .route("GET", "/health", "health")
          .route("POST", "/v1/transactions", "post")
          .route("POST", "/v1/transactions/batch", "batch")
          .route("GET", "/v1/transactions/{tx_id}", "transaction")
          .route("GET", BALANCE, "balance")
          .route("PUT", BALANCE, "set")
          .route("GET", "/v1/books/{book}/transactions/by-key/{key}", "by-key")
          .build();

  private RouteMatch.Found<String> found(String method, String path) {
    RouteMatch<String> match = router.match(method, path);
    assertInstanceOf(RouteMatch.Found.class, match);
    return (RouteMatch.Found<String>) match;
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /, root, /",
    "GET, /health, health, /health",
    "GET, /h%65alth, health, /health",
    "HEAD, /health, health, /health",
    "POST, /v1/transactions/batch, batch, /v1/transactions/batch",
    "GET, /v1/transactions/0190, transaction, /v1/transactions/{tx_id}",
    "GET, /v1/books/b/transactions/by-key/k, by-key, /v1/books/{book}/transactions/by-key/{key}",
  })
  void aPathLeadsToItsRoute(String method, String path, String target, String template) {
    RouteMatch.Found<String> match = found(method, path);
    assertEquals(target, match.target());
    assertEquals(template, match.template());
  }

  @Test
  void parametersAreDecodedOneSegmentAtATime() {
    PathParams params =
        found("GET", "/v1/books/a%2Fb/accounts/x:y%20z%C3%A9+%2525/balance").params();
    assertEquals("a/b", params.get("book"));
    assertEquals("x:y z\u00e9+%25", params.get("path"));
    assertThrows(IllegalArgumentException.class, () -> params.get("nobody"));
  }

  @Test
  void dotSegmentsAreOrdinaryNames() {
    PathParams params = found("GET", "/v1/books/../accounts/%2E/balance").params();
    assertEquals("..", params.get("book"));
    assertEquals(".", params.get("path"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "*",
        "/nothing",
        "/health/",
        "//health",
        "/v1",
        "/v1/books/b/accounts/",
        "/v1/books/b/accounts/x/balance/",
        "/v1/books/b/accounts/x",
        "/HEALTH",
        "/health%2F",
        "/%zz"
      })
  void aPathThatFitsNoTemplateIsNotFound(String path) {
    assertInstanceOf(RouteMatch.NotFound.class, router.match("GET", path));
  }

  @Test
  void aKnownPathWithAnotherMethodSaysWhatIsAllowed() {
    RouteMatch.WrongMethod<?> match =
        assertInstanceOf(
            RouteMatch.WrongMethod.class, router.match("DELETE", "/v1/books/b/accounts/x/balance"));
    assertEquals(List.of("GET", "HEAD", "PUT"), match.allowed());
    assertEquals("GET, HEAD, PUT", match.allow());
    assertEquals(BALANCE, match.template());
    RouteMatch.WrongMethod<?> literal =
        assertInstanceOf(
            RouteMatch.WrongMethod.class, router.match("GET", "/v1/transactions/batch"));
    assertEquals("POST", literal.allow());
    assertInstanceOf(RouteMatch.WrongMethod.class, router.match("get", "/health"));
    assertInstanceOf(RouteMatch.WrongMethod.class, router.match("HEAD", "/v1/transactions"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "%",
        "%2",
        "a%",
        "%zz",
        "%+1",
        "%C3",
        "%80",
        "%C0%AF",
        "%ED%A0%80",
        "%F8%88%80%80%80"
      })
  void aSegmentThatCannotBeDecodedIsMalformed(String segment) {
    RouteMatch<String> match = router.match("GET", "/v1/transactions/" + segment);
    RouteMatch.Malformed<?> malformed = assertInstanceOf(RouteMatch.Malformed.class, match);
    assertEquals("/v1/transactions/{tx_id}", malformed.template());
  }

  @Test
  void anEmptySegmentIsAName() {
    RouteMatch.Found<?> found =
        assertInstanceOf(
            RouteMatch.Found.class, router.match("GET", "/v1/books//accounts/x/balance"));
    assertEquals("", found.params().get("book"));
    assertEquals("x", found.params().get("path"));
  }

  @Test
  void aRouteThatIsThereTwiceIsRefused() {
    Router.Builder<String> builder = Router.<String>builder().route("GET", "/a/{b}", "one");
    assertThrows(
        IllegalArgumentException.class, () -> builder.route("GET", "/a/{c}", "the same in effect"));
    assertThrows(IllegalArgumentException.class, () -> builder.route("GET", "a", "no slash"));
  }

  @Test
  void aQueryIsDecodedStrictly() {
    QueryParams query = QueryParams.parse("a=1&b=x%20y+z&a=2&bare&=&c=d=e&%C3%A9=%26&&");
    assertEquals("1", query.first("a"));
    assertEquals(List.of("1", "2"), query.all("a"));
    assertEquals("x y z", query.first("b"));
    assertEquals("", query.first("bare"));
    assertEquals("d=e", query.first("c"));
    assertEquals("&", query.first("\u00e9"));
    assertNull(query.first("d"));
    assertEquals(QueryParams.NONE, QueryParams.parse(null));
    assertEquals(QueryParams.NONE, QueryParams.parse(""));
    for (String broken : List.of("a=%", "a=%zz", "%=1", "a=%ff", "a=1&b=%C3")) {
      assertThrows(MalformedTargetException.class, () -> QueryParams.parse(broken));
    }
  }
}
