// Package page writes an OpenAPI document for people to read: as Markdown, or as one HTML file that
// needs no other file.
//
// The HTML has its own style, and a short script for searching; all of it can be read without the
// script. Text of the document is escaped: it may come from traffic or from an unknown author.
// Neither tags, images nor links to anything but web pages remain, and invisible characters are
// escaped. Schemas are tables, references are links. Parts that do not fit in a table (conditions,
// negations) are in the document only.
//
// Read model.go first: it turns a document into the page that html.go and markdown.go write.
package page
