// Package rules says how a proxy changes the exchanges that pass through it.
//
// A [Rule] sets a header, replaces text in bodies or blocks, for the requests whose URL and method it matches, on
// their way out or for their answers on the way back. Rules are values: they are checked when they are made
// ([Rule.Check]), kept beside a capture as one text ([Encode], [Parse]), and compiled to a [Table] that finds what
// applies to a request. [Live] is a table that can be exchanged while a proxy uses it.
//
// Patterns are RE2, searched anywhere in the URL "scheme://host/path?query" or the body unless they are anchored. Rules
// apply in the order they were added: of two that set one header the later wins, and a body passes through all that
// match. A rule that cannot be applied, for what it would cost or because the body cannot be decoded, is skipped and
// counted: it never keeps an exchange from its end.
//
// Limits: 100 rules; patterns of 1000 bytes that compile to 1000 instructions; bodies of [MaxBody] bytes, before and
// after decoding; results of four times that. Bodies are matched as bytes, without their content encoding, whatever
// their charset. What is replaced is sent without a content encoding. The messages of WebSockets are not changed: a rule for the
// bodies of such an exchange is skipped.
package rules
