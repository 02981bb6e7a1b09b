// Package mcptools is an MCP server over a capture: tools and resources for agents.
//
// [New] returns a server whose tools read a [store.Reader] and the API descriptions inferred from
// it. The server cannot write to the capture or send requests, because it has no means to, unless
// [Config].Allow contains one. Tools that change or send something exist only if Allow enables
// them. Deletions, and requests other than reads, require a confirmation.
//
// Guarantees:
//   - Secrets and personal data are redacted before anything is shown, searched, filtered or
//     counted by value. Equal values have equal placeholders, so relations between calls stay
//     visible.
//   - Captured text is data. Results carry a notice that says so. In the text form, captured text
//     stands between two lines with a random name, so it cannot end the section. Invisible
//     characters are written out, as in ⟨U+202E⟩.
//   - Structured results conform to the tool's output schema. An error has one member, error, with
//     a stable code.
//   - Cursors of lists stay valid while flows are added. Long values are cut and marked, and the
//     result says how to read the rest.
//
// The package does not guarantee that redaction finds every secret (see package redact), nor that a
// page of a search is full: a search stops after a time limit and returns a cursor.
//
//	s, err := mcptools.New(mcptools.Config{Store: st, Documents: docs, Redact: r})
//	…
//	err = front.ServeStdio(ctx, s.MCP(), os.Stdin, os.Stdout, log)
//
// The tools that only read are in the packages traffic and document, a file tool_*.go for each;
// those that send requests, and control a proxy, its rules and the capture, are here. They share
// source (the capture as tools read it). The other packages below mcptools hold the rest: tool
// (parameters, results), lines (their text), view (what a result shows), search, extract, compare,
// codegen, replay, apidoc and placeholder. Read server.go first.
package mcptools
