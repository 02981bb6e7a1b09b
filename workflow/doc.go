// Package workflow finds the chains of operations that clients repeat, by the flow of values: an id
// or a token of one response is in a later request. It writes them as Arazzo documents
// (https://spec.openapis.org/arazzo/v1.0.1.html) and reads such documents.
//
// A [Learner] belongs to one OpenAPI document. It receives flows as they were recorded, keeps
// hashes of their values, and returns names, JSON Pointers and numbers of flows. No value of a flow
// is in what it returns, except values of enums, which the OpenAPI document has as well.
//
// # What counts as a link
//
// A value links a response with a later request of the same session if equality cannot be chance:
//
//   - It is random, such as a UUID, a token or a placeholder of redaction, and no request had it
//     before the response.
//   - Or it is short, such as 7, and in the last response of that operation to the same client; it
//     varies between runs, or the document declares the link, and it is equal in nearly all of
//     them. The request has it under the same name as the response, or the response has it under a
//     name of identifiers.
//
// A value that a person chose links a write with later requests in the same way. A chain of such
// links alone is none: it also occurs where somebody uses a few names for everything.
//
// # Limits
//
// Responses with status 400 or more are no steps. Values inside of longer texts, such as the id in
// a Location, do not link. Bodies are read if they are JSON or forms.
//
// Read learn.go first, then link.go, chain.go and template.go. arazzo.go has the format.
package workflow
