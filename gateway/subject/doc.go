// Package subject says what a message of MCP asks for, as policies know it: the tool, prompt or
// resource that it names, the method, or nothing that is judged. It knows both eras of the
// protocol, up to 2025-11-25 and from 2026-07-28, which of its results are lists, and how a refusal
// is told.
//
// Read subject.go first.
package subject
