// Package mcptools lets an agent look at a capture over the Model Context Protocol.
//
// [New] makes an MCP server whose tools read a [store.Reader] and the documents inferred from it. It can
// neither write to the capture nor send a request: it is given nothing that could, unless [Config].Allow does. Tools
// that change or send something are there only for what that names; what deletes, and requests that are more than a
// read, wait for a confirmation.
//
// What the tools promise:
//   - Secrets and personal data are taken out before anything is shown, searched, filtered or counted by value.
//     A placeholder stands for one value wherever it occurs, so that one still sees what calls share.
//   - Captured text is data. Results carry a notice that says so; in the text form it stands between fences whose
//     name is drawn at random for each result, so that captured text cannot close them. Control characters and
//     characters that nobody sees are written out, as in ⟨U+202E⟩.
//   - Structured results hold the tool's output schema, errors too: they have one member, error, with a stable code.
//   - Lists have cursors that stay good while flows come in. Long values are cut at a number of bytes, marked, and
//     say how to get the rest.
//
// What they do not promise: that redaction finds every secret there can be (see package redact), or that a page
// of a search is full: a search stops after a while and gives a cursor to go on with.
//
//	s, err := mcptools.New(mcptools.Config{Store: st, Documents: docs, Redact: r})
//	…
//	err = front.ServeStdio(ctx, s.MCP(), os.Stdin, os.Stdout, log)
package mcptools
