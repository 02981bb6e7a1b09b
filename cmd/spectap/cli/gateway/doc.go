// Package gateway has the gateway and the commands about policies, audits, pins, grants and
// approvals. Read gateway.go first, then flags_policy.go, which other servers use too.
package gateway
