// Package rules changes the exchanges that pass through a proxy.
//
// A [Rule] sets a header, replaces text in bodies, holds, answers, delays, fails or blocks. It
// applies to requests whose URL and method it matches, or that its filter selects, on the way to
// the upstream, or to their responses on the way back. Rules are values: [Rule.Check] validates
// them, [Encode] and [Parse] store them beside a capture, [Compile] makes a [Table] that finds the
// rules for a request. [Live] is a table that can be replaced while a proxy uses it, and holds
// messages until a person decides ([Live.Hold]). [Read], [Save], [ReadState] and [Decide] are for
// programs that change the rules.
//
// Patterns are RE2. They match anywhere in the URL "scheme://host/path?query", or in the body,
// unless they are anchored. Rules apply in the order in which they were added: of two rules that
// set one header the later wins, and a body passes through all rules that match. A rule that would
// cost too much, or whose body cannot be decoded, is skipped and counted. It never breaks an
// exchange.
//
// Patterns for bodies see placeholders in place of secrets, and a secret stays where redaction
// hides it; see [Changes.Body]. The caller does the same for URLs.
//
// A flow holds each message as its sender sent it, with a mark for the parts that a rule changed:
// in the changed form, a rule could have renamed a member so that redaction finds no secret in it.
// A changed request may get an answer that nobody else gets, so such flows teach the inference
// nothing. The list of rules is in the store; the proxy that owns the store holds messages.
//
// Limits: 100 rules; patterns of 1000 bytes that compile to 1000 instructions; bodies of [MaxBody]
// bytes, before and after decoding; results of four times that. Bodies are matched as bytes,
// decoded from their content encoding, in their own charset. A changed body is sent without a
// content encoding. Messages of WebSockets are not changed: rules for the bodies of such an
// exchange are skipped.
//
// Read rule.go first.
package rules
