// Package view shows parts of flows to agents: rows, headers, bodies, messages and the texts that a
// search reads. The types are members of tool results.
//
// Every function expects a flow whose secrets are redacted, except where its comment says
// otherwise. Text is passed through [Visible], which writes invisible characters out. Long text is
// cut at a limit in bytes, never inside a character, and the result says where to continue.
//
// Read flow.go first.
package view
