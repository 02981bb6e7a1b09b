// Package gatewaytest has the parts of a gateway for tests: connections in memory, a guard with an
// audit, and a gateway over HTTP, in front of servers that a test acts as.
//
// Only tests import it. Read bench.go first.
package gatewaytest
