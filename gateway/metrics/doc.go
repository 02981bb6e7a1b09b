// Package metrics counts what a gateway decides and what becomes of it, and writes that as metrics
// of Prometheus.
//
// [Calls] learns of decisions from guards. A [Page] is one answer to a scrape, in the text format
// of Prometheus, to which others add what they know. No label has text of a client or a server:
// names are those that a policy has for them.
//
// Read calls.go first.
package metrics
