// Package metrics counts the decisions of a gateway and their outcomes, and writes them as
// Prometheus metrics.
//
// [Calls] observes the decisions of guards. A [Page] is one answer to a scrape, in the text format
// of Prometheus, to which other packages add their metrics. No label contains text of a client or a
// server: names come from policies.
//
// Read calls.go first.
package metrics
