// Package gateway has the gateway and the commands about what it enforces: policies, audits, pins,
// grants and approvals. Read gateway.go first, then flags_policy.go, which other servers use too.
package gateway
