// Package page writes an OpenAPI document for people to read: as Markdown, or as one HTML file that needs nothing else.
//
// The HTML holds its own style and a few lines of script for searching; without script all of it can be read. Text of
// the document is escaped: it may come from traffic, or from somebody else. Schemas are written as tables, references
// as links; what a schema says that a table has no room for (conditions, negations) is left to the document itself.
package page
