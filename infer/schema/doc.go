// Package schema turns the values seen at one position of an API, such as the 200 answers of one operation,
// into facts, and the facts of all positions together into schemas and named components.
//
// [Facts] and [Text] only count: they merge in any order and any grouping to the same state, and their
// encoding is that state's. [Decide] alone draws conclusions; it is a pure function of the facts and the
// policy, so a decision can be had again at any time, and better rules need no new traffic.
//
// What is kept is bounded: properties of one object, distinct values of one string, kinds of tagged records
// and depth all have caps, chosen so that what is over the cap is the same whatever came first. Values are
// kept as hashes; the text of a value is kept only while it is short, shaped like a token and stands under a
// name that never holds secrets or personal data.
//
// The package does no input or output, starts no goroutine and knows no vendor. Nothing here is safe for
// concurrent use of one value; different values are independent.
//
// Limits: numbers are judged by their text (1.0 is no integer), duplicate names in one object count once
// for presence, and below depth 24 only the kind of a value is known.
package schema
