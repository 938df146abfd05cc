// SPDX-License-Identifier: Apache-2.0
package dev.talea.audit.export;

import java.io.Writer;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/**
 * Writes XML an element a line, and puts texts into what XML and ISO 20022 allow: no character that
 * XML has none for, no text longer than its field, no empty one. One thread.
 */
final class XmlText {
  private static final int REPLACEMENT = 0xfffd;

  private final XMLStreamWriter xml;
  private int depth;

  XmlText(Writer out) throws XMLStreamException {
    this.xml = XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(out);
  }

  void begin(String root, String namespace) throws XMLStreamException {
    xml.writeStartDocument("UTF-8", "1.0");
    line();
    xml.writeStartElement(root);
    xml.writeDefaultNamespace(namespace);
    depth++;
  }

  void open(String name) throws XMLStreamException {
    line();
    xml.writeStartElement(name);
    depth++;
  }

  void close() throws XMLStreamException {
    depth--;
    line();
    xml.writeEndElement();
  }

  void end() throws XMLStreamException {
    close();
    xml.writeEndDocument();
    xml.writeCharacters("\n");
    xml.flush();
  }

  /** An element with a text of at most so many characters; none if the text is empty. */
  void text(String name, String text, int charsMax) throws XMLStreamException {
    if (!text.isEmpty()) {
      line();
      xml.writeStartElement(name);
      xml.writeCharacters(allowed(text, charsMax));
      xml.writeEndElement();
    }
  }

  /** An element with a value that needs no care. */
  void value(String name, String value) throws XMLStreamException {
    text(name, value, Integer.MAX_VALUE);
  }

  /** An element that only holds another, which only holds a value. */
  void nested(String name, String inner, String value) throws XMLStreamException {
    open(name);
    value(inner, value);
    close();
  }

  void amount(String value, String currency) throws XMLStreamException {
    line();
    xml.writeStartElement("Amt");
    xml.writeAttribute("Ccy", currency);
    xml.writeCharacters(value);
    xml.writeEndElement();
  }

  private void line() throws XMLStreamException {
    xml.writeCharacters("\n" + "  ".repeat(depth));
  }

  private static String allowed(String text, int charsMax) {
    StringBuilder out = new StringBuilder(Math.min(text.length(), charsMax));
    int end = end(text, 0, charsMax);
    text.codePoints()
        .takeWhile(c -> out.length() < end)
        .forEach(c -> out.appendCodePoint(isInXml(c) ? c : REPLACEMENT));
    return out.toString();
  }

  /**
   * Where a text that begins at an index is to end so that it has at most so many characters.
   * Halves of pairs are counted, as Java's own validator counts them, and no pair is parted.
   */
  static int end(String text, int begin, int charsMax) {
    if (text.length() - begin <= charsMax) {
      return text.length();
    }
    int end = begin + charsMax;
    return Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end;
  }

  private static boolean isInXml(int c) {
    return c >= 0x20
        ? c <= 0xd7ff || (c >= 0xe000 && c <= 0xfffd) || c >= 0x10000
        : c == '\t' || c == '\n' || c == '\r';
  }
}
