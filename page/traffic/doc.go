// Package traffic is the panel Traffic of the page: rows of flows as they are recorded, and the
// details of a flow.
//
// All texts are redacted, like those that agents see, except in the result of reveal, which a
// person asks for one part of one flow at a time, and which is logged. The panel marks invisible
// characters; this package does not change them.
//
// A filter matches redacted flows, so that a secret cannot be guessed piece by piece.
//
// Read panel.go first, then rows.go and feed.go.
package traffic
