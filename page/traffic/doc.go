// Package traffic answers the calls of the page's Traffic panel: rows of flows as they are
// recorded, and one flow in every form that the panel shows.
//
// All texts are redacted, like those that agents see, except in the result of reveal, which a
// person asks for one part of one flow at a time, and which is logged. The panel marks what does
// not show in a text; here it stays as it is.
//
// A filter sees redacted flows, so that nobody finds a secret by guessing it piece by piece.
//
// Read panel.go first, then rows.go and feed.go.
package traffic
