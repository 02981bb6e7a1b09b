// Package schema infers JSON Schemas from the bodies and parameters of recorded exchanges. It
// counts facts about the values of each kind of body, such as the 200 responses of one operation,
// and decides from the facts of all bodies together which schemas and named components the API has.
//
// It does no I/O, reads no clock, starts no goroutine and has no vendor-specific rules. Values are
// not safe for concurrent use; different values are independent.
//
// Read facts.go first, then decide.go, which lists the steps of a decision. File families: facts_*
// counts values, tokens_* reads JSON, forms and XML, graph*, merge_* and decide_* draw conclusions,
// names* and emit* write them down.
//
// Terms: a position is the place of a value in bodies of one kind; a record is the set of objects
// of the same kind; in the graph a record is a cluster.
//
// The algorithm:
//
//  1. A body becomes a list of tokens: from JSON, from a form with brackets, or from XML.
//  2. One pass over the tokens counts kinds, presence, formats and distinct values at each
//     position, such as /items/-/id.
//  3. All counters have limits that do not depend on the order of arrival, so facts merge in any
//     order and any grouping to the same state; the encoding of facts is that state.
//  4. To decide, each set of objects becomes a cluster in a graph, and each value a position.
//  5. Clusters are united (union-find) if they are the same record: similar property names,
//     weighted by rarity, and no conflicting types; uniting clusters unites their common
//     properties.
//  6. Objects at one position stay alternatives of a oneOf if a tag such as "type" distinguishes
//     them and the division shortens the description (minimum description length).
//  7. Objects whose property names are data become maps, and records in requests are united with
//     the records in responses that mirror them.
//  8. Then each position gets its enum, number type and nullability, and each property a
//     probability of absence, learned from the traffic, that decides whether it is required.
//  9. Clusters with equal schemas are merged by partition refinement, and those that are used more
//     than once, are recursive or are whole bodies become components.
//  10. Each component is named after what most positions call it, and Explain gives the evidence.
//
// Privacy: values are kept as hashes. The text of a value is kept only if it is short, looks like
// an identifier and stands under a name that is not sensitive.
//
// Limits: the type of a number follows from its text (1.0 is not an integer), a name repeated in
// one object counts once for presence, and below depth 24 only kinds are counted.
package schema
