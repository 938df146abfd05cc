// SPDX-License-Identifier: Apache-2.0
package dev.talea.reconcile.source;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An element of a statement with what is in it, small enough to be held: an entry or a balance.
 *
 * <p>One thread.
 */
final class XmlNode {
  final String name;
  final @Nullable String currency;
  final List<XmlNode> children = new ArrayList<>(4);
  String text = "";

  XmlNode(String name, @Nullable String currency) {
    this.name = name;
    this.currency = currency;
  }

  /** The first element that these names lead to, or null. */
  @Nullable XmlNode at(String... path) {
    XmlNode node = this;
    for (String step : path) {
      XmlNode next = null;
      for (XmlNode child : node.children) {
        if (child.name.equals(step)) {
          next = child;
          break;
        }
      }
      if (next == null) {
        return null;
      }
      node = next;
    }
    return node;
  }

  /** The text of that element; null if it is not there or empty. */
  @Nullable String text(String... path) {
    XmlNode node = at(path);
    return node == null || node.text.isBlank() ? null : node.text.strip();
  }

  /** All elements of this name right below. */
  List<XmlNode> all(String child) {
    return children.stream().filter(each -> each.name.equals(child)).toList();
  }
}
